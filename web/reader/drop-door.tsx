// The third door: the attachment, or a mail that carries it, dropped on the page.

import { useRef, useState } from 'preact/hooks';
import { Notice } from '../shared/parts';
import { asProblem, Problem } from '../shared/problem';
import seal from '../shared/seal.svg';
import { describeProblem } from '../shared/tongue';
import { UploadProgress, useUpload } from '../shared/upload';
import { keepFocus } from '../shared/use-call';
import { max_upload_bytes } from './api';
import { service, useReader } from './context';
import { ComposeLink, SentLink } from './signed-in';

export function DropDoor() {
    const { words, shared } = useReader();
    const [over, hover] = useState(false);
    const [busy, wait] = useState(false);
    const [problem, fail] = useState<Problem | null>(null);
    const [name, noteName] = useState('');
    const input = useRef<HTMLInputElement>(null);
    const upload = useUpload();

    async function handOver(file: File | undefined) {
        if (!file || busy) return;
        if (file.size > max_upload_bytes) return fail(new Problem('too-large', 413));
        const goOn = keepFocus();
        wait(true);
        fail(null);
        noteName(file.name);
        try {
            const slot = await service.ingest(file, file.name, upload.begin());
            location.assign(`/open/${encodeURIComponent(slot.ticket)}`);
        } catch (error) {
            fail(asProblem(error));
            upload.end();
            wait(false);
            if (input.current) input.current.value = '';
            goOn();
        }
    }

    function describe(found: Problem): string {
        if (found.kind === 'no-file') return words.drop_no_file;
        if (found.kind === 'not-an-envelope') return /\.msg$/i.test(name) ? words.drop_outlook : words.drop_not_envelope;
        return found.kind === 'too-large' ? words.drop_too_large : describeProblem(found, shared);
    }

    return (
        <section
            class={over ? 'drop over' : 'drop'}
            aria-labelledby="drop-title"
            data-part="drop"
            onDragOver={(event) => {
                event.preventDefault();
                hover(true);
            }}
            onDragLeave={() => hover(false)}
            onDrop={(event) => {
                event.preventDefault();
                hover(false);
                // What is dragged out of a mail on a web page is often no file, but a promise of one.
                const file = event.dataTransfer?.files[0];
                if (file) void handOver(file);
                else if (!busy) fail(new Problem('no-file', 0));
            }}
        >
            <img src={seal} alt="" width="64" height="64" />
            <h1 id="drop-title">{words.drop_title}</h1>
            <p>{words.drop_lead}</p>
            <label for="drop-file">{words.drop_choose}</label>
            <input ref={input} id="drop-file" type="file" accept=".html,.htm,.eml,.age,text/html,message/rfc822" disabled={busy}
                onChange={(event) => void handOver(event.currentTarget.files?.[0])} />
            {busy && <UploadProgress text={words.drop_busy} upload={upload} />}
            {problem && problem.kind !== 'given-up' && <Notice kind="bad"><p>{describe(problem)}</p></Notice>}
            <p class="quiet small">{words.drop_note}</p>
            <p class="row"><ComposeLink here /><SentLink /></p>
        </section>
    );
}
