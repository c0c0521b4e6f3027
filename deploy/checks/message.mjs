// message.mjs PACKAGE MESSAGE FILE...     JSON files against a message of an npm package's protos: no unknown field, no unknown word
//   NODE_MODULES     where the packages are
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const modules = path.resolve(process.env.NODE_MODULES);
const protobuf = createRequire(path.join(modules, 'x.js'))('protobufjs');
const [name, message, ...files] = process.argv.slice(2);
const protos = fs.readFileSync(path.join(modules, name, 'build/protos/protos.json'), 'utf8');
const root = protobuf.Root.fromJSON(JSON.parse(protos));
root.resolveAll();
let errors = 0;

function fail(where, what) {
  errors++;
  console.log(`error: ${where}: ${what}`);
}

function one(field, value, where) {
  const type = field.resolvedType;
  if (type instanceof protobuf.Enum) {
    if (!(value in type.values)) fail(where, `${value} is none of ${Object.keys(type.values).join(', ')}`);
  } else if (type && !type.fullName.startsWith('.google.protobuf.')) {
    object(type, value, where);
  } else if (!type && ['string', 'bool', 'double'].includes(field.type)) {
    const wanted = { string: 'string', bool: 'boolean', double: 'number' }[field.type];
    if (typeof value !== wanted) fail(where, `should be ${wanted}, is ${JSON.stringify(value)}`);
  }
}

function object(type, value, where) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return fail(where, `should be a ${type.name}`);
  for (const [key, item] of Object.entries(value)) {
    const field = type.fieldsArray.find(each => protobuf.util.camelCase(each.name) === key);
    if (!field) {
      fail(`${where}.${key}`, `${type.name} has no such field`);
    } else if (field.repeated) {
      if (Array.isArray(item)) item.forEach((each, i) => one(field, each, `${where}.${key}[${i}]`));
      else fail(`${where}.${key}`, 'should be a list');
    } else if (!field.map) one(field, item, `${where}.${key}`);
  }
}

for (const file of files) object(root.lookupType(message), JSON.parse(fs.readFileSync(file, 'utf8')), file);
process.exit(errors ? 1 : 0);
