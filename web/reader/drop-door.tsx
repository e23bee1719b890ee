// The third door: the attachment, or a mail that carries it, dropped on the page.

import { useRef, useState } from 'preact/hooks';
import { Busy, Notice } from '../shared/parts';
import { asProblem, type Problem } from '../shared/problem';
import seal from '../shared/seal.svg';
import { describeProblem } from '../shared/tongue';
import { service, useReader } from './context';

export function DropDoor() {
    const { words, shared } = useReader();
    const [over, hover] = useState(false);
    const [busy, wait] = useState(false);
    const [problem, fail] = useState<Problem | null>(null);
    const input = useRef<HTMLInputElement>(null);

    async function handOver(file: File | undefined) {
        if (!file || busy) return;
        wait(true);
        fail(null);
        try {
            const slot = await service.ingest(file, file.name);
            location.assign(`/open/${encodeURIComponent(slot.ticket)}`);
        } catch (error) {
            fail(asProblem(error));
            wait(false);
            if (input.current) input.current.value = '';
        }
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
                void handOver(event.dataTransfer?.files[0]);
            }}
        >
            <img src={seal} alt="" width="64" height="64" />
            <h1 id="drop-title">{words.drop_title}</h1>
            <p>{words.drop_lead}</p>
            <label for="drop-file">{words.drop_choose}</label>
            <input ref={input} id="drop-file" type="file" accept=".html,.htm,.eml,.age,text/html,message/rfc822" disabled={busy}
                onChange={(event) => void handOver(event.currentTarget.files?.[0])} />
            {busy && <Busy text={words.drop_busy} />}
            {problem && (
                <Notice kind="bad"><p>{problem.kind === 'not-an-envelope' ? words.drop_not_envelope : describeProblem(problem, shared)}</p></Notice>
            )}
            <p class="quiet small">{words.drop_note}</p>
        </section>
    );
}
