// A node of the program in a folder of its own, which holds its sealpost.toml.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';

export class Node {
    constructor(program, folder) {
        Object.assign(this, { program, folder });
        mkdirSync(folder, { recursive: true });
    }

    /** What a command says; throws when it fails. */
    run(words, input = '') {
        return execFileSync(this.program, ['--config', 'sealpost.toml', ...words], { cwd: this.folder, encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'pipe'] });
    }

    start() {
        this.server = spawn(this.program, ['--config', 'sealpost.toml', 'serve'], { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
        let said = '';
        this.server.stderr.on('data', (piece) => (said = (said + piece).slice(-4000)));
        return new Promise((resolve, reject) => {
            createInterface({ input: this.server.stdout }).on('line', (line) => line.startsWith('ready') && resolve(line));
            this.server.on('exit', (code) => reject(new Error(`${this.folder} ended with ${code} before it was ready\n${said}`)));
        });
    }

    stop() {
        if (!this.server) return null;
        const ended = new Promise((resolve) => this.server.removeAllListeners('exit').on('exit', resolve));
        this.server.kill();
        return ended;
    }
}
