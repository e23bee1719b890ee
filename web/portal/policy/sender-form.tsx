// Senders to add, pasted in whatever number; the gateway's verdict on each line stands below while one types.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Notice } from '../../shared/parts';
import { asProblem, type Problem } from '../../shared/problem';
import { describeProblem } from '../../shared/tongue';
import { useUnsaved } from '../../shared/unsaved';
import { waiting } from '../../shared/use-call';
import type { SenderVerdict } from './api';
import { EditNotices, policy, useEdit, usePolicyWords } from './context';
import { sayFinding } from './finding-words';
import { hat_words } from './hat-words';
import { countVerdicts, findMissingForms, insertBehind, isSuffix, patienceFor, sortVerdicts, type VerdictCounts } from './senders';

const shown_at_most = 200;
const long_paste = 50_000;

interface Checked {
    text: string;
    verdicts: SenderVerdict[];
    counts: VerdictCounts;
}

const nothing: Checked = { text: '', verdicts: [], counts: { ok: 0, duplicate: 0, refused: 0 } };

/** Asks a moment after the typing rests. `verdicts` are those of the last text that was asked about. */
function useVerdicts(row: string | null, text: string) {
    const [checked, show] = useState<Checked>(nothing);
    const [problem, fail] = useState<Problem | null>(null);
    useEffect(() => {
        if (text.trim() === '') {
            show({ ...nothing, text });
            return;
        }
        let is_over = false;
        const timer = setTimeout(() => {
            policy.checkSenders(row, text).then(
                ({ senders, sender_counts }) => !is_over && (show({ text, verdicts: senders, counts: sender_counts ?? countVerdicts(senders) }), fail(null)),
                (error: unknown) => !is_over && fail(asProblem(error)),
            );
        }, patienceFor(text));
        return () => {
            is_over = true;
            clearTimeout(timer);
        };
    }, [row, text]);
    return { verdicts: checked.verdicts, counts: checked.counts, is_fresh: checked.text === text, problem };
}

/** `is_gone`: there is no group any more; what was typed stays to be copied. */
export function SenderForm(props: { id: string; is_gone: boolean; edition: string; focus: boolean }) {
    const { words, shared, language } = usePolicyWords();
    const own = hat_words[language];
    const [text, type] = useState('');
    useUnsaved(text.trim() !== '');
    const area = useRef<HTMLTextAreaElement>(null);
    const editor = useEdit(props.edition);
    const { verdicts, counts, is_fresh, problem } = useVerdicts(props.is_gone ? null : props.id, text);

    useEffect(() => {
        if (props.focus) area.current?.focus();
    }, []);

    // A browser takes many seconds to paste 100,000 lines as if they were typed; set at once they are no burden.
    function paste(event: ClipboardEvent) {
        const pasted = event.clipboardData?.getData('text/plain') ?? '';
        const field = area.current;
        if (!field || pasted.length < long_paste) return;
        event.preventDefault();
        field.setRangeText(pasted, field.selectionStart, field.selectionEnd, 'end');
        type(field.value);
    }

    async function submit(event: Event) {
        event.preventDefault();
        if (text.trim() === '') return area.current?.focus();
        const answer = await editor.submit([{ do: 'add_senders', row: props.id, text }]);
        if (answer) type('');
    }

    return (
        <article data-part="sender-form">
            <h2>{own.add_senders}</h2>
            <form onSubmit={submit}>
                <label for="senders">{own.senders_label}</label>
                <textarea id="senders" ref={area} class="lines" rows={6} value={text} spellcheck={false} autocomplete="off" readOnly={editor.busy}
                    placeholder={'.res.example.org\n192.0.2.0/26 (current range)'} aria-describedby="senders-hint" onPaste={paste} onInput={(event) => type(event.currentTarget.value)} />
                <p id="senders-hint" class="small quiet">{own.senders_hint}</p>
                <p class="verdict-line" role="status" data-part="verdict-counts" data-fresh={String(is_fresh)}>
                    {text.trim() === '' ? '\u00a0' : !is_fresh && verdicts.length === 0 ? own.checking : own.counts(counts.ok, counts.duplicate, counts.refused)}
                    {counts.refused > 0 && <> <strong>{own.refused_lead}</strong></>}
                </p>
                {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
                {verdicts.length > 0 && <Verdicts verdicts={verdicts} total={counts.ok + counts.duplicate + counts.refused} add={(line, sender) => type(insertBehind(text, line, sender))} />}
                <EditNotices editor={editor} />
                <div class="row"><button type="submit" class="compact" {...waiting(editor.busy)} disabled={props.is_gone} data-action="submit-senders">{editor.busy ? words.submitting : words.submit}</button></div>
            </form>
        </article>
    );
}

const tones = { ok: 'good', duplicate: '', refused: 'bad' };

function Verdicts(props: { verdicts: readonly SenderVerdict[]; total: number; add(line: number, sender: string): void }) {
    const { language } = usePolicyWords();
    const own = hat_words[language];
    const missing = useMemo(() => findMissingForms(props.verdicts), [props.verdicts]);
    const rows = useMemo(() => sortVerdicts(props.verdicts).slice(0, shown_at_most), [props.verdicts]);
    return (
        <>
            <table class="cards plain-table verdicts">
                <thead><tr><th scope="col" class="number">{own.line}</th><th scope="col">{own.sender}</th><th scope="col">{own.comment}</th><th scope="col">{own.result}</th></tr></thead>
                <tbody>
                    {rows.map((one) => (
                        <tr key={one.line} data-line={one.line} data-result={one.result}>
                            <td data-label={own.line} class="number">{one.line}</td>
                            <td data-label={own.sender}><code>{one.sender || one.written}</code></td>
                            <td data-label={own.comment}>{one.comment}</td>
                            <td data-label={own.result}><Result verdict={one} missing={missing.get(one.sender)} add={(sender) => props.add(one.line, sender)} /></td>
                        </tr>
                    ))}
                </tbody>
            </table>
            {rows.length < props.total && <p class="small quiet">{own.verdicts_cut(rows.length, props.total)}</p>}
        </>
    );
}

function Result(props: { verdict: SenderVerdict; missing: string | undefined; add(sender: string): void }) {
    const { language } = usePolicyWords();
    const own = hat_words[language];
    const { verdict, missing } = props;
    const note = sayFinding({ text: verdict.note, code: verdict.note_code, facts: verdict.note_facts }, language);
    const says = missing === undefined ? '' : isSuffix(verdict.sender) ? own.suffix_hint(verdict.sender, missing) : own.bare_hint(verdict.sender);
    return (
        <div>
            <span class={`badge ${tones[verdict.result]}`}>{own.results[verdict.result]}</span>
            {says && <> <span class="small">{says}</span> <button type="button" class="plain small" data-action="add-both" onClick={() => props.add(missing ?? '')}>{own.add_both(missing ?? '')}</button></>}
            {verdict.note && !says && <> <span class="small" lang={note.language}>{note.text}</span></>}
        </div>
    );
}
