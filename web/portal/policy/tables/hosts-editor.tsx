// The hosts of a route: three ways in words, and the hosts as rows of cells.

import { useLayoutEffect, useRef } from 'preact/hooks';
import { useTongue } from '../../../shared/tongue';
import { field_words } from '../field-words';
import { fieldId } from '../key-field';
import { hintOf, labelOf } from '../key-words';
import { formatHost, kindOfRoute, parseHost, type RouteHost, type RouteKind } from './hosts';

export interface EditorProps {
    prefix: string;
    text: string;
    faults: readonly string[];
    change(text: string): void;
}

const ways: readonly { kind: RouteKind; text: string }[] = [{ kind: 'hosts', text: '' }, { kind: 'dns', text: 'USEDNS' }, { kind: 'drop', text: '/dev/null' }];

export function HostsEditor(props: EditorProps) {
    const { language } = useTongue();
    const words = field_words[language];
    const { prefix, text, faults } = props;
    const id = fieldId(prefix, 'hosts');
    const kind = kindOfRoute(text);
    const names: Record<RouteKind, string> = { hosts: words.route_hosts, dns: words.route_dns, drop: words.route_drop };
    return (
        <div class="key-field hosts-field" data-field="hosts">
            <fieldset aria-describedby={faults.length > 0 ? `${id}-bad` : undefined}>
                <legend>{words.route_kind}</legend>
                {ways.map((way) => (
                    <label key={way.kind}>
                        <input type="radio" name={`${id}-kind`} value={way.kind} checked={kind === way.kind} onChange={() => props.change(way.text)} />
                        {names[way.kind]}
                    </label>
                ))}
            </fieldset>
            {kind === 'hosts' && <HostRows {...props} />}
            {faults.length > 0 && <p id={`${id}-bad`} class="small fault" role="alert">{faults.join(' ')}</p>}
            {kind === 'hosts' && <p class="small quiet hint">{hintOf('route', 'hosts', language, '')}</p>}
        </div>
    );
}

function HostRows(props: EditorProps) {
    const { language } = useTongue();
    const words = field_words[language];
    const lines = props.text.split('\n');
    const id = fieldId(props.prefix, 'hosts');
    const write = (next: string[]) => props.change(next.join('\n'));
    const own = useRef<HTMLFieldSetElement>(null);
    const was = useRef(lines.length);
    // A host that was added wants its name next.
    useLayoutEffect(() => {
        if (lines.length > was.current) own.current?.querySelector<HTMLElement>(`[data-cell=host-${lines.length - 1}]`)?.focus();
        was.current = lines.length;
    }, [lines.length]);
    function put(index: number, change: Partial<RouteHost>) {
        write(lines.map((line, at) => (at === index ? formatHost({ ...parseHost(line), ...change }) : line)));
    }
    return (
        <fieldset ref={own} class="host-rows">
            <legend class="hidden-label">{labelOf('route', 'hosts', language)}</legend>
            {lines.map((line, index) => {
                const host = parseHost(line);
                const cell = (part: keyof RouteHost, label: string, mode: 'numeric' | undefined, hint: string) => (
                    <label class={`cell-${part}`}>
                        <span>{label}</span>
                        <input id={index === 0 && part === 'host' ? id : undefined} value={host[part]} placeholder={hint} inputMode={mode} spellcheck={false} autocomplete="off"
                            aria-invalid={props.faults.length > 0 && part === 'host' ? 'true' : undefined} data-cell={`${part}-${index}`}
                            onInput={(event) => put(index, { [part]: mode ? event.currentTarget.value.replace(/\D/g, '') : event.currentTarget.value.trim() })} />
                    </label>
                );
                return (
                    <div class="host-row" key={index}>
                        {cell('priority', words.host_priority, 'numeric', '0')}
                        {cell('host', words.host_name, undefined, 'inner1.acme.test')}
                        {cell('port', words.host_port, 'numeric', '25')}
                        <button type="button" class="compact outline secondary" disabled={lines.length === 1} aria-label={words.host_remove(host.host)}
                            onClick={() => write(lines.filter((_, at) => at !== index))}>×</button>
                    </div>
                );
            })}
            <button type="button" class="compact outline" data-action="add-host" onClick={() => write([...lines, ''])}>{words.host_add}</button>
        </fieldset>
    );
}
