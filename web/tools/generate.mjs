// Writes generated/*.ts: the types of the calls that doc/spec/*.openapi.json describe, one file a document. Does nothing,
// quickly, when they are newer than the documents and this tool.

import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';

const web = new URL('../', import.meta.url);
const folder = new URL('generated/', web);
const tool = [new URL(import.meta.url), new URL('package-lock.json', web)];

const documents = { service: 'key-api', administrators: 'administrators-api', certificates: 'certificates-api', policy: 'policy-api' };

function isCurrent(output, inputs) {
    const made = statSync(output, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return inputs.every((input) => statSync(input).mtimeMs < made);
}

async function generate(document, output) {
    // Half a second to load: only when there is something to do.
    const { default: describeTypes, astToString } = await import('openapi-typescript');
    const types = astToString(await describeTypes(document));
    // Two builds may do this at once, and neither must read half a file.
    const draft = new URL(`${output}.${process.pid}`);
    writeFileSync(draft, types);
    renameSync(draft, output);
}

mkdirSync(folder, { recursive: true });
for (const [name, file] of Object.entries(documents)) {
    const document = new URL(`../doc/spec/${file}.openapi.json`, web);
    const output = new URL(`${name}.ts`, folder);
    if (!isCurrent(output, [document, ...tool])) await generate(document, output);
}
