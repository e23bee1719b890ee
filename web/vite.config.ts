import { defineConfig } from 'vite';

// Four pages, one bundle of shared files. Nothing is inlined into a page: the policy that the
// service sends (src/serve/pages/assets.hpp) allows only files of our own origin.
export default defineConfig({
    base: '/',
    appType: 'mpa',
    esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
    build: {
        outDir: process.env['SEALPOST_WEB_OUT'] ?? 'dist',
        emptyOutDir: true,
        target: ['chrome109', 'firefox115', 'safari16.4'],
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
        rollupOptions: {
            // Dependencies' misplaced annotations are no concern of ours.
            onwarn: (warning, warn) => warning.code === 'INVALID_ANNOTATION' || warn(warning),
            input: { reader: 'reader/index.html', portal: 'portal/index.html', inbox: 'inbox/index.html', tls: 'tls/index.html' },
        },
    },
});
