// A QR code as one path, dark on white whatever the page looks like: scanners need it so.

import { generate } from 'lean-qr';

const quiet_modules = 4;

export function QrCode(props: { text: string; label: string }) {
    const code = generate(props.text);
    const size = code.size + 2 * quiet_modules;
    let path = '';
    for (let y = 0; y < code.size; y += 1) {
        for (let x = 0; x < code.size; x += 1) if (code.get(x, y)) path += `M${x + quiet_modules} ${y + quiet_modules}h1v1h-1z`;
    }
    return (
        <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={props.label} shape-rendering="crispEdges">
            <rect width={size} height={size} fill="#fff" />
            <path d={path} fill="#000" />
        </svg>
    );
}
