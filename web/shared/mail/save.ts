// Saving bytes to the person's disk. Always as octet-stream: a blob: page would have our origin.

export function saveBytes(bytes: Uint8Array<ArrayBuffer>, name: string): void {
    const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    // The browser has taken its own reference once the download began; a minute is ample.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
