// Turns the built pages into what src/serve/pages links: node embed.mjs DIST OUT
//   OUT/assets.bin      every file, one after the other
//   OUT/asset_blob.S    takes assets.bin into the program as it is (fast to assemble)
//   OUT/asset_table.cpp path, type, place, length and ETag of each
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

const [dist, out] = process.argv.slice(2);

const types = {
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.css': 'text/css; charset=utf-8',
    '.svg': 'image/svg+xml',
    '.woff2': 'font/woff2',
    '.png': 'image/png',
};

function filesBelow(folder) {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        return entry.isDirectory() ? filesBelow(path) : [path];
    });
}

function describe(file) {
    const bytes = readFileSync(file);
    const type = types[extname(file)];
    if (!type) throw new Error(`${file}: no content type is known for this ending`);
    const path = relative(dist, file).split(sep).join('/');
    const etag = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
    return { path, type, bytes, etag, immutable: path.startsWith('assets/') };
}

const assets = filesBelow(dist).map(describe).sort((a, b) => (a.path < b.path ? -1 : 1));

let offset = 0;
const rows = assets.map((asset) => {
    const row = `    {"${asset.path}", "${asset.type}", {sealpost_asset_bytes + ${offset}, ${asset.bytes.length}}, "\\"${asset.etag}\\"", ${asset.immutable}},`;
    offset += asset.bytes.length;
    return row;
});

writeFileSync(join(out, 'assets.bin'), Buffer.concat(assets.map((asset) => asset.bytes)));
writeFileSync(join(out, 'asset_blob.S'), `    .section .rodata
    .global sealpost_asset_bytes
    .balign 16
sealpost_asset_bytes:
    .incbin "${join(out, 'assets.bin')}"
    .byte 0
    .section .note.GNU-stack,"",%progbits
`);
writeFileSync(join(out, 'asset_table.cpp'), `// Made by web/tools/embed.mjs.
#include "serve/pages/table.hpp"

extern "C" const char sealpost_asset_bytes[];

namespace sealpost::pages {

static const Asset assets[] = {
${rows.join('\n')}
};

std::span<const Asset> embedded_table() { return assets; }

}  // namespace sealpost::pages
`);
