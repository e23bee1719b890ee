// The lookup tree of an SPF record as a nested list, and its lookups as ten places that fill up.

import type { SpfNode } from './api';
import { usePortal } from './context';
import { fillPlaces } from './spf';
import { spf_words } from './spf-words';

export function LookupBar(props: { tree: SpfNode; limit: number; label: string }) {
    return (
        <div class="places" role="img" aria-label={props.label}>
            {fillPlaces(props.tree, props.limit).map((place, index) => (
                <span key={index} class={place ? (place.over ? 'over' : 'used') : 'free'} title={place?.term} />
            ))}
        </div>
    );
}

export function SpfTree(props: { tree: SpfNode; limit: number }) {
    return (
        <ul class="spf-tree">
            <Branch node={props.tree} limit={props.limit} />
        </ul>
    );
}

const bad_outcomes: readonly string[] = ['without_record', 'broken', 'loop'];

function Branch(props: { node: SpfNode; limit: number }) {
    const { language } = usePortal();
    const words = spf_words[language];
    const { node, limit } = props;
    const said = words.outcomes[node.outcome];
    const tone = bad_outcomes.includes(node.outcome) ? 'bad' : node.outcome === 'void' || node.outcome === 'temporary' ? 'warn' : '';
    const names_hosts = node.addresses.length > 0 && node.name !== null && node.inside.length === 0;
    return (
        <li data-outcome={node.outcome}>
            <div class="node">
                <code>{node.term}</code>
                {node.lookups > 0 && (
                    <span class="cost">
                        <span class="bar" aria-hidden="true"><span class={node.lookups > limit ? 'over' : ''} style={{ width: `${Math.min(100, (node.lookups / limit) * 100)}%` }} /></span>
                        {words.tree_costs(node.lookups)}
                    </span>
                )}
                {said && <span class={`badge ${tone}`}>{said}</span>}
                {names_hosts && <span class="quiet small addresses">{node.addresses.slice(0, 6).join(', ')}{node.addresses.length > 6 && '…'}</span>}
            </div>
            {node.inside.length > 0 && <ul>{node.inside.map((child, index) => <Branch key={index} node={child} limit={limit} />)}</ul>}
        </li>
    );
}
