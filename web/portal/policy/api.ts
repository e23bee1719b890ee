// The gateway's administration API as doc/spec/policy-api.md states it, typed.

import type { components, paths } from '../../generated/policy';
import { callsOf } from '../../shared/typed';

type Schemas = components['schemas'];

export type Value = Schemas['Value'];
export type Values = Schemas['Values'];

export type Listener = Schemas['Listener'];
export type ListenerKind = Listener['kind'];

export type SectionName = Schemas['SectionName'];
export type Section = Schemas['Section'];
/** What a key of a section takes; the pages' forms are made of these. */
export type Key = Schemas['Key'];
export type KeyType = Key['type'];
export type Row = Schemas['Row'];
export type RowState = Row['state'];

/** What is wrong, or worth knowing; `section`, `row` (an id) and `field` (a key) where the place is known. */
export type PolicyProblem = Schemas['Problem'];

export type PolicyState = Schemas['PolicyState'];
export type Pending = Schemas['Pending'];
export type Change = Schemas['Change'];
export type Commit = Schemas['Commit'];

export type ParameterList = Schemas['ParameterList'];
/** Of a parameter, or of a key that has no value beneath it. */
export type InheritedParameter = Pick<Schemas['Parameter'], 'name' | 'inherited_from'> & { inherited: Value | null };
export type SenderPage = Schemas['SenderPage'];
export type FoundSender = Schemas['FoundSender'];
/** Verdicts on pasted lines: 1,000 at most, of more lines the refused ones first; the counts have them all. */
export type SenderVerdicts = Schemas['Verdicts'];
export type SenderVerdict = Schemas['SenderVerdict'];

/** One step of `edit`; all steps of a call are taken, or none. */
export type Edit = Schemas['Edit'];
export type Edited = Schemas['Staged'];

export type Preview = Schemas['Preview'];
export type Moved = Schemas['Moved'];

/** Facts of a connecting host, as `hat-check` and `trace` take them. */
export type HostQuestion = Schemas['HostQuestion'];
export type HostState = Schemas['HostState'];
export type TraceQuestion = Schemas['TraceQuestion'];
export type Trace = Schemas['Trace'];
export type TraceStep = Schemas['TraceStep'];

const gateway = callsOf<paths>();
const root = '/api/v1/policy';

/** Every call of the gateway's administration API. `csrf` is the token of the administrator's session. */
export class PolicyClient {
    constructor(private readonly csrf: () => string | null) {}

    state(): Promise<PolicyState> {
        return gateway.ask('GET', `${root}/state`);
    }

    section(section: SectionName, choice: { listener?: string; staged?: boolean } = {}): Promise<Section> {
        return gateway.ask('GET', `${root}/sections/{section}`, { path: { section }, query: choice });
    }

    parameters(listener: string, policy?: string): Promise<ParameterList> {
        return gateway.ask('GET', `${root}/parameters`, { query: { listener, policy } });
    }

    senders(listener: string, group: string, choice: { find?: string; from?: number; most?: number } = {}): Promise<SenderPage> {
        return gateway.ask('GET', `${root}/sender-groups/{listener}/{name}/senders`, { path: { listener, name: group }, query: choice });
    }

    findSenders(listener: string, text: string): Promise<{ found: FoundSender[]; total: number }> {
        return gateway.ask('GET', `${root}/find-senders`, { query: { text, listener } });
    }

    /** What is staged; with `to` alone what that commit changed. */
    changes(range?: { from?: number; to: number }): Promise<{ changes: Change[]; count: number; difference: string }> {
        return gateway.ask('GET', `${root}/changes`, { query: { ...range } });
    }

    history(before?: number, most?: number): Promise<{ commits: Commit[]; next: number | null }> {
        return gateway.ask('GET', `${root}/history`, { query: { before, most } });
    }

    async export(staged: boolean): Promise<string> {
        return (await gateway.request('GET', `${root}/export`, { query: { staged } })).text();
    }

    warnings(): Promise<{ warnings: PolicyProblem[]; pending: boolean }> {
        return gateway.ask('GET', `${root}/warnings`);
    }

    preview(last: number): Promise<Preview> {
        return gateway.ask('GET', `${root}/preview`, { query: { last } });
    }

    edit(edition: string, changes: readonly Edit[]): Promise<Edited> {
        return gateway.ask('POST', `${root}/edit`, { json: { edition, changes }, csrf: this.csrf() });
    }

    checkSenders(row: string | null, text: string): Promise<SenderVerdicts> {
        return gateway.ask('POST', `${root}/check-senders`, { json: { row, text }, csrf: this.csrf() });
    }

    preset(edition: string, name: string, listener?: string): Promise<Edited> {
        return gateway.ask('POST', `${root}/preset`, { json: { edition, name, listener }, csrf: this.csrf() });
    }

    import(edition: string, format: 'toml' | 'hat', text: string, listener?: string): Promise<Edited> {
        return gateway.ask('POST', `${root}/import`, { json: { edition, format, text, listener }, csrf: this.csrf() });
    }

    discard(edition: string): Promise<{ edition: string }> {
        return gateway.ask('POST', `${root}/discard`, { json: { edition }, csrf: this.csrf() });
    }

    commit(edition: string, comment: string): Promise<{ version: number; edition: string }> {
        return gateway.ask('POST', `${root}/commit`, { json: { edition, comment }, csrf: this.csrf() });
    }

    rollback(edition: string, version: number): Promise<{ version: number; edition: string }> {
        return gateway.ask('POST', `${root}/rollback`, { json: { edition, version }, csrf: this.csrf() });
    }

    hatCheck(question: HostQuestion): Promise<Schemas['HostDecision']> {
        return gateway.ask('POST', `${root}/hat-check`, { json: question, csrf: this.csrf() });
    }

    trace(question: TraceQuestion): Promise<Trace> {
        return gateway.ask('POST', `${root}/trace`, { json: question, csrf: this.csrf() });
    }
}
