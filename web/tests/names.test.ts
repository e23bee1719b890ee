import { expect, test } from 'vitest';
import { safeFileName } from '../shared/mail/names';
import { formatMailbox } from '../shared/mail/parse';

test('a harmless name stays as it is', () => expect(safeFileName('Été 2026 (v2).pdf', 'x')).toBe('Été 2026 (v2).pdf'));
test('a path loses its separators and leading dots', () => expect(safeFileName('../../etc/passwd', 'x')).toBe('_.._etc_passwd'));
test('marks that turn text around are taken out', () => expect(safeFileName('invoice\u202egpj.exe', 'x')).toBe('invoice_gpj.exe'));
test('a name reserved by Windows gets a prefix', () => expect(safeFileName('con.txt', 'x')).toBe('_con.txt'));
test('an empty name takes the fallback', () => {
    expect(safeFileName('  ...  ', 'attachment-1')).toBe('attachment-1');
    expect(safeFileName(null, 'attachment-1')).toBe('attachment-1');
});
test('a very long name keeps its ending', () => {
    const name = safeFileName(`${'a'.repeat(500)}.docx`, 'x');
    expect(name).toHaveLength(120);
    expect(name.endsWith('.docx')).toBe(true);
});
test('a name full of dots takes no time', () => expect(safeFileName(`a${'.'.repeat(500_000)}b.txt`, 'x')).toMatch(/^a\.+b?\.txt$/), 20_000);
test('a person’s name does not turn the address beside it around', () =>
    expect(formatMailbox({ name: 'tset.emca@ecila \u202e', address: 'mallory@acme.test' })).toBe('tset.emca@ecila  <mallory@acme.test>'));
test('a name that is written from right to left stands for itself', () =>
    expect(formatMailbox({ name: 'שלום', address: 'dana@acme.test' })).toBe('\u2068שלום\u2069 <dana@acme.test>'));
