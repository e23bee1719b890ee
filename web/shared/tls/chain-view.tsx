// A chain of certificates drawn: host, intermediates, authority; the faulty link in red, a missing one as a dashed box.

import type { ComponentChildren } from 'preact';
import { formatDate } from '../language';
import { useTongue } from '../tongue';
import { boxesOf, type ChainBox } from './chain';
import type { FoundChain } from './facts';
import { tls_words } from './words';

export function ChainView(props: { found: FoundChain; label: string }) {
    const boxes = boxesOf(props.found);
    if (boxes.length === 0) return null;
    return (
        <ol class="chain" aria-label={props.label} data-part="chain">
            {boxes.map((box, index) => <Box key={index} box={box} />)}
        </ol>
    );
}

function Box(props: { box: ChainBox }) {
    const { language } = useTongue();
    const words = tls_words[language];
    const { box } = props;
    const looks = [box.is_faulty && 'faulty', box.is_missing && 'missing', !box.certificate && !box.is_missing && 'implied', box.is_anchor && 'anchor'];
    return (
        <li class={looks.filter(Boolean).join(' ')} data-role={box.role}>
            <Picture box={box} />
            <span class="role">{words.roles[box.role]}{box.is_missing && ` · ${words.missing}`}</span>
            <span class="holder">{box.name ?? words.unknown_root}</span>
            {box.certificate && <span class="role">{words.until(formatDate(box.certificate.not_after, language))}</span>}
            {box.is_faulty && <span class="fault">{words.fault}</span>}
            {box.url && <a class="small" href={box.url} rel="noreferrer" target="_blank">{words.fetch_missing}</a>}
            {box.is_anchor && <span class="trust">{words.anchor}</span>}
            {!box.name && <span class="role">{words.no_anchor}</span>}
        </li>
    );
}

/** A host, a link between two, an anchor. */
function Picture(props: { box: ChainBox }) {
    if (props.box.is_missing) return <Sign><path d="M9.2 9a2.8 2.8 0 1 1 4.2 2.5c-.9.5-1.4 1-1.4 2M12 16.6v.4" /></Sign>;
    if (props.box.role === 'leaf') return <Sign><rect x="4" y="4" width="16" height="6.4" rx="1.4" /><rect x="4" y="13.6" width="16" height="6.4" rx="1.4" /><path d="M7.5 7.2h.01M7.5 16.8h.01" /></Sign>;
    if (props.box.role === 'intermediate') return <Sign><path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1" /></Sign>;
    return <Sign><circle cx="12" cy="5.5" r="2.3" /><path d="M12 8v13M5 13a7 7 0 0 0 14 0M8.5 11h7" /></Sign>;
}

function Sign(props: { children: ComponentChildren }) {
    return <svg class="sign" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">{props.children}</svg>;
}
