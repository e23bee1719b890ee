// What takes long to send shows how far it has come, and can be given up.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { Transfer } from './http';
import { useTongue } from './tongue';

const shown_after_ms = 1000;

export interface Upload {
    /** From 0 to 1; null while nothing is sent. */
    part: number | null;
    begin(): Transfer;
    end(): void;
    stop(): void;
}

export function useUpload(): Upload {
    const [part, tell] = useState<number | null>(null);
    const abort = useRef<AbortController | null>(null);
    function begin(): Transfer {
        abort.current = new AbortController();
        tell(0);
        return { tell, signal: abort.current.signal };
    }
    return { part, begin, end: () => tell(null), stop: () => abort.current?.abort() };
}

/** Once all is sent there is nothing to give up: what is missing is the answer. */
export function UploadProgress(props: { text: string; upload: Upload }) {
    const { shared, language } = useTongue();
    const { part, stop } = props.upload;
    const is_long = useLong();
    return (
        <div data-part="upload">
            <p class="busy" role="status">{props.text}</p>
            {is_long && part !== null && (
                <>
                    <div class="upload">
                        <progress value={part} max={1} aria-label={props.text} />
                        <span aria-hidden="true">{new Intl.NumberFormat(language, { style: 'percent' }).format(Math.floor(part * 100) / 100)}</span>
                    </div>
                    {part < 1 && <button type="button" class="compact outline secondary" data-action="stop-sending" onClick={stop}>{shared.stop_sending}</button>}
                </>
            )}
        </div>
    );
}

function useLong(): boolean {
    const [is_long, mark] = useState(false);
    useEffect(() => {
        const timer = setTimeout(() => mark(true), shown_after_ms);
        return () => clearTimeout(timer);
    }, []);
    return is_long;
}
