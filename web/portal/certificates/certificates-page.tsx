// "Network > Certificates": all certificates of the node, and below this path one of them with its forms.

import { useEffect, useState } from 'preact/hooks';
import { Heading, Notice, Waiting } from '../../shared/parts';
import { asProblem, type Problem } from '../../shared/problem';
import { joinPath, Link } from '../route';
import type { Entry } from './api';
import { certificates, describeRefusal, root, useCertificateWords } from './context';
import { EntryPage } from './entry-page';
import { DaysLeft, EntryBadges } from './parts';
import { nameUser } from './words';
import './style.css';

export function CertificatesPage(props: { parts: string[] }) {
    const [name, form] = props.parts;
    return name === undefined ? <CertificateList /> : <EntryPage key={name} name={name} form={form ?? ''} />;
}

function CertificateList() {
    const { words, shared, language } = useCertificateWords();
    const [entries, setEntries] = useState<Entry[] | null>(null);
    const [problem, fail] = useState<Problem | null>(null);

    useEffect(() => {
        certificates.list().then(setEntries, (error: unknown) => fail(asProblem(error)));
    }, [language]);

    const demos = entries?.filter((one) => one.state === 'demo') ?? [];
    return (
        <>
            <Heading>{words.title}</Heading>
            <p>{words.lead}</p>
            {problem && <Notice kind="bad"><p>{describeRefusal(problem, words, shared)}</p></Notice>}
            {!entries && !problem && <Waiting text={shared.loading} />}
            {demos.length > 0 && <div data-part="loud"><Notice kind="bad" title={words.demo_title}><p>{words.demo_list(demos.map((one) => one.name).join(', '))}</p></Notice></div>}
            {entries?.length === 0 && <p class="quiet">{words.none}</p>}
            {entries && entries.length > 0 && (
                <table class="cards plain-table">
                    <thead><tr><th scope="col">{words.name}</th><th scope="col">{words.state}</th><th scope="col">{words.left}</th><th scope="col">{words.names}</th><th scope="col">{words.used_by}</th></tr></thead>
                    <tbody>{entries.map((entry) => <EntryRow key={entry.name} entry={entry} />)}</tbody>
                </table>
            )}
        </>
    );
}

function EntryRow(props: { entry: Entry }) {
    const { words } = useCertificateWords();
    const { entry } = props;
    return (
        <tr data-certificate={entry.name}>
            <td data-label={words.name}><span><Link to={joinPath(root, entry.name)}>{entry.name}</Link>{entry.acme && <span class="quiet small"> · ACME</span>}</span></td>
            <td data-label={words.state}><EntryBadges entry={entry} /></td>
            <td data-label={words.left}><span><DaysLeft days={entry.days_left} /></span></td>
            <td data-label={words.names}><span>{entry.names.join(', ')}</span></td>
            <td data-label={words.used_by}><span>{entry.used_by.length > 0 ? entry.used_by.map((one) => nameUser(one, words)).join(', ') : <span class="quiet">{words.used_by_none}</span>}</span></td>
        </tr>
    );
}
