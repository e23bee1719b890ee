// Installing what an authority signed: checked first, its chain drawn, then installed. A chain that others cannot verify
// is installed only after a second question.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { withColon } from '../../shared/french';
import { Busy, Heading, Notice } from '../../shared/parts';
import { asProblem, Problem } from '../../shared/problem';
import { ChainView } from '../../shared/tls/chain-view';
import { useCall, waiting } from '../../shared/use-call';
import { useUnsaved } from '../../shared/unsaved';
import { Link } from '../route';
import type { Entry, Finding } from './api';
import { certificates, describeRefusal, useCertificateWords } from './context';
import { FindingView } from './finding-view';
import { empty_draft, findDraftFault, makeMaterial, type Draft, type DraftFault } from './material';
import { MaterialFields } from './material-fields';
import { LifetimeBar } from './parts';

interface Checked {
    draft: Draft;
    finding: Finding;
}

const field_of: Record<DraftFault, string> = {
    certificate: 'install-certificate', certificate_is_request: 'install-certificate', certificate_is_key: 'install-certificate', too_large: 'install-certificate',
    intermediates: 'install-intermediates', key: 'install-key', pkcs12: 'install-pkcs12',
};

export function InstallForm(props: { entry: Entry; path: string; done(entry: Entry): void }) {
    const { words, shared } = useCertificateWords();
    const [draft, change] = useState<Draft>(empty_draft);
    const [fault, blame] = useState<DraftFault | null>(null);
    const [checked, setChecked] = useState<Checked | null>(null);
    const checking = useCall();
    useUnsaved(draft !== empty_draft);

    function check(event: Event) {
        event.preventDefault();
        const found = findDraftFault(draft);
        blame(found);
        if (found) return document.getElementById(field_of[found])?.focus();
        setChecked(null);
        void checking.call(async () => setChecked({ draft, finding: await certificates.check(props.entry.name, makeMaterial(draft)) }));
    }

    return (
        <form class="policy-form" onSubmit={check} noValidate data-part="install-form">
            <Heading focus>{words.install_title}</Heading>
            <p>{words.install_lead}</p>
            <article><MaterialFields draft={draft} change={(next) => { change(next); blame(null); }} fault={fault} /></article>
            {checking.problem && <Notice kind="bad"><p>{describeRefusal(checking.problem, words, shared)}</p></Notice>}
            <div class="row form-end">
                <button type="submit" class={checked?.draft === draft ? 'outline' : ''} {...waiting(checking.busy)} data-action="check">{checking.busy ? words.checking : words.check}</button>
                <Link to={props.path} class="button outline">{shared.cancel}</Link>
            </div>
            {checking.busy && <Busy text={words.checking} />}
            {checked && <CheckedPart entry={props.entry} checked={checked} is_stale={checked.draft !== draft} done={props.done} recheck={(finding) => setChecked({ draft: checked.draft, finding })} />}
        </form>
    );
}

interface CheckedProps {
    entry: Entry;
    checked: Checked;
    /** Something else was entered since. */
    is_stale: boolean;
    done(entry: Entry): void;
    recheck(finding: Finding): void;
}

function CheckedPart(props: CheckedProps) {
    const { words, shared, language } = useCertificateWords();
    const { finding, draft } = props.checked;
    const { busy, problem, call } = useCall();
    const own = useRef<HTMLHeadingElement>(null);
    useLayoutEffect(() => own.current?.focus(), []);

    function install(even_though_it_does_not_verify: boolean) {
        void call(async () => {
            const material = makeMaterial(draft);
            if (even_though_it_does_not_verify) material.even_though_it_does_not_verify = true;
            try {
                props.done(await certificates.install(props.entry.name, material));
            } catch (error) {
                // What was well when it was checked is not any more: the question is put with what is found now.
                const found = asProblem(error).facts['finding'];
                if (!(error instanceof Problem) || error.kind !== 'does-not-verify' || !found) throw error;
                props.recheck(found as Finding);
            }
        });
    }

    const is_good = finding.verdict === 'ok';
    const is_too_weak = finding.verdict === 'weak_key' || finding.verdict === 'weak_signature';  // no listener can show it
    return (
        <article data-part="checked">
            <h2 ref={own} tabIndex={-1}>{words.finding}</h2>
            <FindingView finding={finding} good={words.finding_ok} bad={words.finding_bad} />
            <ChainView found={finding} label={words.chain_of(props.entry.name)} />
            <LifetimeBar chain={finding.chain} />
            {(finding.chain[0]?.names ?? []).length > 0 && <p class="wrap">{withColon(words.names, language)} {finding.chain[0]?.names?.join(', ')}</p>}
            {problem && <Notice kind="bad"><p>{describeRefusal(problem, words, shared)}</p></Notice>}
            {props.is_stale ? <p class="quiet">{words.check_first}</p> : is_good
                ? <div class="row"><button type="button" class="compact" {...waiting(busy)} data-action="install-now" onClick={() => install(false)}>{busy ? words.installing : words.install_now}</button></div>
                : !is_too_weak && <ForceChoice busy={busy} force={() => install(true)} />}
        </article>
    );
}

function ForceChoice(props: { busy: boolean; force(): void }) {
    const { words, shared } = useCertificateWords();
    const [is_asking, ask] = useState(false);
    const question = useRef<HTMLParagraphElement>(null);
    useLayoutEffect(() => {
        if (is_asking) question.current?.focus();
    }, [is_asking]);
    if (!is_asking) {
        return <div class="row"><button type="button" class="compact outline" {...waiting(props.busy)} data-action="force" onClick={() => ask(true)}>{words.force}</button></div>;
    }
    return (
        <div class="force" role="group" aria-labelledby="force-question">
            <p id="force-question" ref={question} tabIndex={-1}>{words.force_question}</p>
            <div class="row">
                <button type="button" class="compact outline" onClick={() => ask(false)}>{shared.cancel}</button>
                <button type="button" class="compact danger" {...waiting(props.busy)} data-action="force-sure" onClick={props.force}>{props.busy ? words.installing : words.force_yes}</button>
            </div>
        </div>
    );
}
