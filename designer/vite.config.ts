import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Writes name.br and name.gz beside each file worth it, so that the server compresses nothing. */
function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    closeBundle() {
      for (const entry of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
        const path = join('dist', entry);
        if (!/\.(js|css|html|svg)$/.test(path) || statSync(path).size < 1024) continue;
        const content = readFileSync(path);
        writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), precompress()],
  build: { target: 'es2022', reportCompressedSize: false, modulePreload: { polyfill: false } },
  server: { proxy: { '/api': 'http://127.0.0.1:5080', '/studio': 'http://127.0.0.1:5080', '/elsa': { target: 'http://127.0.0.1:5080', ws: true } } },
});
