import { expect, test } from 'vitest';
import type { Assurance, FactorCount, Session } from '../reader/api';
import { hasFactor, mayChangeAddresses, mayChange, needsPassword, reaches } from '../reader/assurance';

const none: FactorCount = { passkeys: 0, totp: false, recovery_codes: 0 };
const makeSession = (assurance: Assurance, factors: Partial<FactorCount> = {}): Session =>
    ({ person: { addresses: ['bob@partner.test'], language: 'en', has_password: true, factors: { ...none, ...factors } }, assurance });

test('a level reaches itself and what is below, and nobody is signed in at the lowest', () => {
    expect(reaches(makeSession('account'), 'account')).toBe(true);
    expect(reaches(makeSession('strong'), 'mailbox')).toBe(true);
    expect(reaches(makeSession('mailbox'), 'account')).toBe(false);
    expect(reaches({ person: null }, 'mailbox')).toBe(false);
});
test('from "account" on there is a password', () => {
    expect((['low', 'mailbox', 'account', 'strong'] as const).filter(needsPassword)).toEqual(['account', 'strong']);
});
test('a passkey and an app are second factors, recovery codes alone are none', () => {
    expect(hasFactor(makeSession('account', { passkeys: 1 }))).toBe(true);
    expect(hasFactor(makeSession('account', { totp: true }))).toBe(true);
    expect(hasFactor(makeSession('account', { recovery_codes: 10 }))).toBe(false);
    expect(hasFactor({ person: null })).toBe(false);
});
test('the password may change things until there is a second factor', () => {
    expect(mayChange({ person: null })).toBe(false);
    expect(mayChange(makeSession('mailbox'))).toBe(false);
    expect(mayChange(makeSession('account'))).toBe(true);
    expect(mayChange(makeSession('account', { totp: true }))).toBe(false);
    expect(mayChange(makeSession('strong', { totp: true }))).toBe(true);
});
test('who has no password adds an address by its code and takes one off, who has one as they change factors', () => {
    const newcomer: Session = { person: { addresses: ['bob@partner.test'], language: 'en', has_password: false, factors: none }, assurance: 'mailbox' };
    expect(mayChangeAddresses(newcomer)).toBe(true);
    expect(mayChangeAddresses({ person: null })).toBe(false);
    expect(mayChangeAddresses(makeSession('mailbox'))).toBe(false);
    expect(mayChangeAddresses(makeSession('account'))).toBe(true);
    expect(mayChangeAddresses(makeSession('account', { totp: true }))).toBe(false);
    expect(mayChangeAddresses(makeSession('strong', { totp: true }))).toBe(true);
});
