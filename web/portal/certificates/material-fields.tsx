// The fields of what is installed: the certificate, its intermediates in a field of their own, the key or a PKCS#12 file.

import { useState } from 'preact/hooks';
import { useCertificateWords } from './context';
import { most_octets, toBase64, toPem, type Draft, type DraftFault, type KeyWay } from './material';

interface Props {
    draft: Draft;
    change(draft: Draft): void;
    fault: DraftFault | null;
}

const key_ways: readonly KeyWay[] = ['kept', 'pem', 'pkcs12'];

export function MaterialFields(props: Props) {
    const { words } = useCertificateWords();
    const { draft, change, fault } = props;
    const is_about_certificate = fault === 'certificate' || fault === 'certificate_is_request' || fault === 'certificate_is_key' || fault === 'too_large';
    return (
        <>
            <fieldset class="ways">
                <legend>{words.private_key}</legend>
                {key_ways.map((way) => (
                    <label key={way} class={draft.way === way ? 'chosen' : ''}>
                        <input type="radio" name="key-way" value={way} checked={draft.way === way} onChange={() => change({ ...draft, way })} />
                        <span>{words.key_ways[way]}<small>{words.key_way_hints[way]}</small></span>
                    </label>
                ))}
            </fieldset>
            {draft.way === 'pkcs12' ? <Pkcs12Fields {...props} /> : (
                <PemField id="install-certificate" label={words.certificate} hint={words.certificate_hint} file_label={words.certificate_file} kind="CERTIFICATE"
                    value={draft.certificate} set={(certificate) => change({ ...draft, certificate })} fault={is_about_certificate && fault ? words.faults[fault] : null} />
            )}
            <PemField id="install-intermediates" label={words.intermediates} hint={words.intermediates_hint} file_label={words.intermediates_file} kind="CERTIFICATE"
                value={draft.intermediates} set={(intermediates) => change({ ...draft, intermediates })} fault={fault === 'intermediates' ? words.faults.intermediates : null} />
            {draft.way === 'pem' && (
                <PemField id="install-key" label={words.key_pem} hint="" file_label={words.key_file} kind="PRIVATE KEY"
                    value={draft.key} set={(key) => change({ ...draft, key })} fault={fault === 'key' ? words.faults.key : null} />
            )}
        </>
    );
}

interface PemProps {
    id: string;
    label: string;
    hint: string;
    file_label: string;
    kind: 'CERTIFICATE' | 'PRIVATE KEY';
    value: string;
    set(text: string): void;
    fault: string | null;
}

function PemField(props: PemProps) {
    const { id, fault } = props;
    return (
        <div class="pem-field">
            <label for={id}>{props.label}</label>
            <textarea id={id} class="lines" rows={5} value={props.value} spellcheck={false} autocomplete="off" placeholder={`-----BEGIN ${props.kind}-----`}
                aria-invalid={fault ? 'true' : undefined} aria-describedby={fault ? `${id}-bad` : props.hint ? `${id}-hint` : undefined} onInput={(event) => props.set(event.currentTarget.value)} />
            {fault ? <small id={`${id}-bad`} role="alert">{fault}</small> : props.hint && <small id={`${id}-hint`}>{props.hint}</small>}
            <FileField id={`${id}-file`} label={props.file_label} take={(bytes) => props.set(toPem(bytes, props.kind))} />
        </div>
    );
}

/** Gives the octets of the file that is chosen; several files one after the other. */
function FileField(props: { id: string; label: string; accept?: string; take(bytes: Uint8Array): void }) {
    const { words } = useCertificateWords();
    const [said, say] = useState<{ text: string; is_bad: boolean } | null>(null);

    async function take(file: File | undefined) {
        if (!file) return;
        if (file.size > most_octets) return say({ text: words.faults.too_large, is_bad: true });
        try {
            props.take(new Uint8Array(await file.arrayBuffer()));
            say({ text: words.file_chosen(file.name), is_bad: false });
        } catch {
            say({ text: words.file_unreadable, is_bad: true });
        }
    }

    return (
        <div class="file-field">
            <label for={props.id}>{props.label}</label>
            <input id={props.id} type="file" accept={props.accept} onChange={(event) => void take(event.currentTarget.files?.[0])} />
            {said && <small role={said.is_bad ? 'alert' : 'status'}>{said.text}</small>}
        </div>
    );
}

function Pkcs12Fields(props: Props) {
    const { words } = useCertificateWords();
    const { draft, change, fault } = props;
    return (
        <>
            <FileField id="install-pkcs12" label={words.pkcs12_file} accept=".p12,.pfx,application/x-pkcs12" take={(bytes) => change({ ...draft, pkcs12: toBase64(bytes) })} />
            {fault === 'pkcs12' && <p class="small" role="alert">{words.faults.pkcs12}</p>}
            <label for="install-password">{words.password}</label>
            <input id="install-password" type="password" autocomplete="off" value={draft.password} onInput={(event) => change({ ...draft, password: event.currentTarget.value })} />
        </>
    );
}
