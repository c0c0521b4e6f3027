// format.mjs FOLDER     Terraform's files as `terraform fmt` writes them; by its formatter, which npm has as WebAssembly
//   NODE_MODULES     where the packages are
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const { format } = createRequire(path.join(path.resolve(process.env.NODE_MODULES), 'x.js'))('@cdktf/hcl-tools');
const [folder] = process.argv.slice(2);
const names = fs.readdirSync(folder, { recursive: true }).filter(name => /\.(tf|tfvars)$/.test(name)).sort();
let errors = names.length ? 0 : 1;
if (errors) console.log(`error: ${folder}: no file of Terraform's`);

for (const name of names) {
  const file = path.join(folder, name);
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const wanted = (await format(lines.join('\n'))).split('\n');
  const at = wanted.findIndex((line, i) => line !== lines[i]);
  if (at < 0 && wanted.length === lines.length) continue;
  errors++;
  console.log(`error: ${file}:${at + 1}: should be: ${wanted[at] ?? ''}`);
}
if (errors) {
  console.log(`  do:  Type: terraform fmt -recursive ${folder}`);
  process.exit(1);
}
