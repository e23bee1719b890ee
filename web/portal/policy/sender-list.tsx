// The senders of a group, a page at a time: searched by the gateway, so that 100,000 are no burden here.

import { useEffect, useState } from 'preact/hooks';
import { EditNotices, policy, useEdit, useLoaded, usePolicyWords } from './context';
import { hat_words } from './hat-words';
import { LoadNotices, SureButton } from './parts';

const page_size = 100;

/** `text` once it has rested. */
function useRested(text: string, ms: number): string {
    const [rested, rest] = useState(text);
    useEffect(() => {
        const timer = setTimeout(() => rest(text), ms);
        return () => clearTimeout(timer);
    }, [text]);
    return rested;
}

export function SenderList(props: { listener: string; name: string }) {
    const { language } = usePolicyWords();
    const own = hat_words[language];
    const [from, turn] = useState(1);
    const [typed, type] = useState('');
    const find = useRested(typed.trim(), 250);
    const [selected, select] = useState<ReadonlySet<string>>(new Set());
    const { data, problem } = useLoaded(() => policy.senders(props.listener, props.name, { from, most: page_size, ...(find ? { find } : {}) }), [props.listener, props.name, from, find]);
    const editor = useEdit(data?.edition);
    const total = data?.total ?? 0;

    useEffect(() => {
        if (data && from > 1 && data.senders.length === 0) turn(Math.max(1, Math.floor((data.total - 1) / page_size) * page_size + 1));
    }, [data]);
    useEffect(() => select(new Set()), [from, find]);

    const toggle = (texts: readonly string[], is_on: boolean) => {
        const next = new Set(selected);
        for (const text of texts) is_on ? next.add(text) : next.delete(text);
        select(next);
    };
    async function remove() {
        const answer = await editor.submit([{ do: 'remove_senders', row: `${props.listener}/${props.name}`, senders: [...selected] }]);
        if (answer) select(new Set());
    }

    const texts = data?.senders.map((one) => one.text) ?? [];
    return (
        <article data-part="sender-list" aria-busy={false}>
            <h2>{own.sender_list}</h2>
            <div class="spread tools">
                <div class="filter">
                    <label for="sender-filter">{own.filter}</label>
                    <input id="sender-filter" type="search" value={typed} spellcheck={false} autocomplete="off" aria-describedby="sender-filter-hint" onInput={(event) => { type(event.currentTarget.value); turn(1); }} />
                    <span id="sender-filter-hint" class="small quiet">{own.filter_hint}</span>
                </div>
                <Pager from={from} shown={texts.length} total={total} turn={turn} />
            </div>
            <EditNotices editor={editor} />
            <LoadNotices data={data} problem={problem} />
            {data && total === 0 && <p class="quiet">{find ? own.none_found : own.no_senders}</p>}
            {data && texts.length > 0 && (
                <>
                    <table class="plain-table sender-table">
                        <thead>
                            <tr>
                                <th scope="col"><input type="checkbox" aria-label={own.select_all} checked={texts.every((text) => selected.has(text))} onChange={(event) => toggle(texts, event.currentTarget.checked)} /></th>
                                <th scope="col">{own.sender}</th><th scope="col">{own.comment}</th>
                            </tr>
                        </thead>
                        <tbody>
                            {data.senders.map(({ text, comment }) => (
                                <tr key={text} data-sender={text}>
                                    <td><input type="checkbox" aria-label={own.select(text)} checked={selected.has(text)} onChange={(event) => toggle([text], event.currentTarget.checked)} /></td>
                                    <td><code>{text}</code></td>
                                    <td>{comment}</td>
                                </tr>
                            ))}
                        </tbody>
                    </table>
                    <div class="row remove-row">
                        {selected.size > 0
                            ? <SureButton label={own.remove_selected(selected.size)} question={own.remove_sure(selected.size)} yes={own.remove_selected(selected.size)} action="remove-senders" busy={editor.busy} run={() => void remove()} />
                            : <button type="button" class="compact outline secondary" disabled>{own.remove_selected(0)}</button>}
                    </div>
                </>
            )}
        </article>
    );
}

function Pager(props: { from: number; shown: number; total: number; turn(from: number): void }) {
    const { language } = usePolicyWords();
    const own = hat_words[language];
    const last = Math.max(1, Math.floor((props.total - 1) / page_size) * page_size + 1);
    if (props.total <= page_size && props.from === 1) return <span class="quiet small" data-part="range">{props.shown > 0 && own.range(1, props.shown, props.total)}</span>;
    const door = (label: string, to: number, is_off: boolean) => <button type="button" class="compact outline secondary" disabled={is_off} onClick={() => props.turn(to)}>{label}</button>;
    return (
        <nav class="pager row" aria-label={own.pages}>
            <span class="quiet small" data-part="range" role="status">{own.range(props.from, props.from + props.shown - 1, props.total)}</span>
            {door(own.first, 1, props.from === 1)}
            {door(own.previous, Math.max(1, props.from - page_size), props.from === 1)}
            {door(own.next, props.from + page_size, props.from + page_size > props.total)}
            {door(own.last, last, props.from >= last)}
        </nav>
    );
}
