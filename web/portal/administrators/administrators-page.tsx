// "Administrators": who may sign in, what they manage, and their passwords. Whoever changes their own duties signs in anew.

import { useEffect, useState } from 'preact/hooks';
import { straightName } from '../../shared/mail/names';
import type { SharedWords } from '../../shared/words';
import { countOctets } from '../../shared/mail/compose';
import { CopyButton, Heading, LoadFailed, Notice, Waiting } from '../../shared/parts';
import type { Problem } from '../../shared/problem';
import { describeProblem } from '../../shared/tongue';
import { useCall, waiting } from '../../shared/use-call';
import { usePortal } from '../context';
import { SureButton } from '../policy/parts';
import {
    addAdministrator, changeDuties, listAdministrators, makePassword, removeAdministrator, removeFactors, switchSignIn,
    type Administrators, type Duties, type ManagedAdministrator, type NewPassword,
} from './api';
import { administrator_words, type AdministratorWords } from './words';

function describe(problem: Problem, words: AdministratorWords, shared: SharedWords): string {
    if (problem.kind === 'exists') return words.exists;
    if (problem.kind === 'bad-request' && problem.text('field') === 'name') return words.name_long;
    if (problem.kind === 'last-administrator') return problem.text('of') === 'node' ? words.last_of_node : words.last_of_account;
    return describeProblem(problem, shared);
}

export function AdministratorsPage() {
    const { shared, language } = usePortal();
    const words = administrator_words[language];
    const [all, setAll] = useState<Administrators | null>(null);
    const [made, showPassword] = useState<NewPassword | null>(null);
    const { busy, problem, call } = useCall();

    const load = async () => setAll(await listAdministrators());
    useEffect(() => void call(load), []);

    /** Does it, and shows what is there then. */
    function change(action: () => Promise<NewPassword | unknown>, is_own = false): Promise<boolean> {
        return call(async () => {
            const answer = await action();
            // The session is over; the page begins anew with the sign-in.
            if (is_own) return location.reload();
            showPassword(isPassword(answer) ? answer : null);
            await load();
        });
    }

    return (
        <>
            <Heading>{words.title}</Heading>
            <p>{words.lead}</p>
            {problem && !all && <LoadFailed problem={problem} retry={() => void call(load)} />}
            {problem && all && <Notice kind="bad"><p>{describe(problem, words, shared)}</p></Notice>}
            {made && <Password made={made} />}
            {!all && !problem && <Waiting text={shared.loading} />}
            {all && (
                <table class="cards" data-part="administrators">
                    <thead>
                        <tr><th scope="col">{words.name}</th><th scope="col">{words.manages}</th><th scope="col">{words.state}</th><td /></tr>
                    </thead>
                    <tbody>{all.administrators.map((one) => <Row key={one.id} one={one} all={all} busy={busy} change={change} />)}</tbody>
                </table>
            )}
            {all && <AddForm all={all} busy={busy} change={change} />}
        </>
    );
}

function isPassword(answer: unknown): answer is NewPassword {
    return typeof answer === 'object' && answer !== null && 'password' in answer;
}

function Password(props: { made: NewPassword }) {
    const { language } = usePortal();
    const label = administrator_words[language].password_made(props.made.name);
    return (
        <Notice kind="good" title={label}>
            <p class="row" data-part="new-password"><code>{props.made.password}</code> <CopyButton text={props.made.password} label={label} /></p>
        </Notice>
    );
}

interface Shared {
    all: Administrators;
    busy: boolean;
    change(action: () => Promise<unknown>, is_own?: boolean): Promise<boolean>;
}

function Row(props: Shared & { one: ManagedAdministrator }) {
    const { shared, language } = usePortal();
    const words = administrator_words[language];
    const { one, busy, change } = props;
    const name = straightName(one.name);
    const [duties, setDuties] = useState<Duties>({ account: one.account, node: one.node });
    const is_changed = duties.account !== one.account || duties.node !== one.node;
    const disable = () => void change(() => switchSignIn(one.id, false), one.own);
    return (
        <tr data-administrator={one.name} data-enabled={String(one.enabled)}>
            <td data-label={words.name}><span><strong>{name}</strong>{one.own && <span class="quiet"> ({words.you})</span>}</span></td>
            <td data-label={words.manages}>
                <form class="row" onSubmit={(event) => { event.preventDefault(); void change(() => changeDuties(one.id, duties), one.own); }}>
                    <DutyFields all={props.all} duties={duties} set={setDuties} labels={{ account: words.account_of(name), node: words.node_of(name) }} />
                    {is_changed && <button type="submit" class="compact" {...waiting(busy)} data-action="save">{words.save}</button>}
                </form>
            </td>
            <td data-label={words.state}>
                <span class="row">
                    <span class={`badge ${one.enabled ? 'good' : 'warn'}`}>{one.enabled ? words.enabled : words.disabled}</span>
                    <span class="quiet small" data-second-factor={String(one.second_factor)}>{one.second_factor ? words.second_factor : words.password_only}</span>
                </span>
            </td>
            <td data-label="" class="whole">
                <span class="row">
                    <SureButton plain label={words.new_password} question={words.password_sure(name)} yes={words.new_password} action="password" busy={busy}
                        run={() => void change(() => makePassword(one.id))} />
                    {one.enabled
                        ? <SureButton plain label={words.disable} question={words.disable_sure(name)} yes={words.disable} action="disable" busy={busy} run={disable} />
                        : <button type="button" class="plain small" {...waiting(busy)} data-action="enable" onClick={() => void change(() => switchSignIn(one.id, true))}>{words.enable}</button>}
                    {one.second_factor && !one.own && (
                        <SureButton plain label={words.remove_factors} question={words.factors_sure(name)} yes={words.remove_factors} action="factors" busy={busy}
                            run={() => void change(() => removeFactors(one.id))} />
                    )}
                    <SureButton plain label={shared.remove} question={words.remove_sure(name)} yes={shared.remove} action="remove" busy={busy}
                        run={() => void change(() => removeAdministrator(one.id), one.own)} />
                </span>
            </td>
        </tr>
    );
}

interface DutyProps {
    all: Administrators;
    duties: Duties;
    set(duties: Duties): void;
    labels: { account: string; node: string };
}

function DutyFields(props: DutyProps) {
    const { language } = usePortal();
    const words = administrator_words[language];
    const { all, duties, set } = props;
    return (
        <>
            {all.accounts.length > 0 && (
                <select aria-label={props.labels.account} value={duties.account ?? ''} disabled={!all.may_give_node} data-field="account"
                    onChange={(event) => set({ ...duties, account: event.currentTarget.value || null })}>
                    {all.may_give_node && <option value="">{words.no_account}</option>}
                    {all.accounts.map((name) => <option key={name} value={name}>{name}</option>)}
                </select>
            )}
            {all.may_give_node && (
                <label>
                    <input type="checkbox" aria-label={props.labels.node} checked={duties.node} data-field="node" onChange={(event) => set({ ...duties, node: event.currentTarget.checked })} />
                    {words.node}
                </label>
            )}
        </>
    );
}

/** In octets: src/core/people/administrators.cpp. */
const max_name_bytes = 64;
export const isTooLong = (name: string) => countOctets(name.trim()) > max_name_bytes;

function AddForm(props: Shared) {
    const { language } = usePortal();
    const words = administrator_words[language];
    const { all, busy, change } = props;
    const first: Duties = { account: all.accounts[0] ?? null, node: all.accounts.length === 0 && all.may_give_node };
    const [name, setName] = useState('');
    const [duties, setDuties] = useState(first);
    const [is_long, blame] = useState(false);
    const is_nothing = duties.account === null && !duties.node;

    async function submit(event: Event) {
        event.preventDefault();
        blame(isTooLong(name));
        if (is_nothing || isTooLong(name)) return;
        if (!(await change(() => addAdministrator(name.trim(), duties)))) return;
        setName('');
        setDuties(first);
    }

    return (
        <section>
            <h2>{words.add_title}</h2>
            <form onSubmit={submit} data-part="add-administrator">
                <label for="administrator-name">{words.name}</label>
                <input id="administrator-name" required value={name} spellcheck={false} autocomplete="off"
                    aria-invalid={is_long ? 'true' : undefined} aria-describedby={is_long ? 'administrator-name-bad' : undefined} onInput={(event) => setName(event.currentTarget.value)} />
                {is_long && <small id="administrator-name-bad" role="alert">{words.name_long}</small>}
                <div class="row"><DutyFields all={all} duties={duties} set={setDuties} labels={{ account: words.account, node: words.node }} /></div>
                {is_nothing && <p class="small" role="status">{words.of_nothing}</p>}
                <button type="submit" {...waiting(busy)} disabled={is_nothing} data-action="add">{words.add}</button>
            </form>
        </section>
    );
}
