// What a TypeScript declaration file tells of its interfaces and classes; as much as schemas generated into npm packages need.
//   parseDts(file) = {interfaces: {NAME: {ext: [NAME], props: {KEY: {type, optional, array, map}}}}, getters: {CLASS: {KEY: type}}}
import fs from 'node:fs';

/** The place behind the bracket that closes the one at `open`. */
function closing(text, open) {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if ('{(['.includes(text[at])) depth++;
    else if ('})]'.includes(text[at]) && --depth === 0) return at + 1;
  }
  throw new Error(`a bracket at ${open} is never closed`);
}

/** The members of a body, which end with semicolons outside of brackets. */
function members(body) {
  const found = [];
  let from = 0;
  for (let at = 0; at < body.length; at++) {
    if ('{(['.includes(body[at])) at = closing(body, at) - 1;
    else if (body[at] === ';') {
      found.push(body.slice(from, at).trim());
      from = at + 1;
    }
  }
  return found;
}

function property(text) {
  const whole = text.trim();
  if (whole.startsWith('{')) return { type: 'string', array: false, map: true };
  const first = whole.split('|')[0].trim();
  const list = /^(?:Array<(.*)>|(.*)\[\])$/.exec(first);
  return { type: list ? list[1] ?? list[2] : first, array: Boolean(list), map: false };
}

export function parseDts(file) {
  const text = fs.readFileSync(file, 'utf8').replace(/\/\*[^]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const result = { interfaces: {}, getters: {} };
  for (const head of text.matchAll(/export (?:declare )?(interface|class) ([\w$]+)([^{]*)\{/g)) {
    const open = head.index + head[0].length - 1;
    const parts = members(text.slice(open + 1, closing(text, open) - 1));
    if (head[1] === 'class') {
      const getters = parts.map(part => /^get (\w+)\(\): ([^]*)$/.exec(part)).filter(Boolean);
      result.getters[head[2]] = Object.fromEntries(getters.map(([, name, type]) => [name, type]));
      continue;
    }
    const ext = (/extends ([^]*)/.exec(head[3])?.[1] ?? '').split(',').map(name => name.trim().split('.').pop()).filter(Boolean);
    const props = {};
    for (const part of parts) {
      const match = /^(?:readonly )?['"]?([\w@$]+)['"]?(\?)?: ([^]*)$/.exec(part);
      if (match) props[match[1]] = { ...property(match[3]), optional: Boolean(match[2]) };
    }
    result.interfaces[head[2]] = { ext, props };
  }
  return result;
}
