// The mock of the doctor: doc/spec/doctor.md.
import { fixes, hostsOf } from './domain-tests.mjs';
import { json, problem } from './http.mjs';

// Word for word what src/serve/doctor and src/wire/route say, but for the names in it.
export const words = {
    en: {
        mx: 'mail goes to 4 addresses', gap: 'the intermediate certificate is not sent', bare: 'STARTTLS is not offered', ok: 'TLS with a certificate that verifies, TLSv1.3',
        spf: 'the record does not let keys.test send for the domain', spf_fix: 'Publish v=spf1 mx include:keys.test -all', dkim: 'a key is published',
        dmarc: 'no DMARC record', dmarc_fix: 'Publish a TXT record at _dmarc.acme.test, for example v=DMARC1; p=none; rua=mailto:…', hat: 'meets the group CRES, with TLS required', reports: 'DNS did not answer',
    },
    fr: {
        mx: 'le courrier va à 4 adresses', gap: "le certificat intermédiaire n'est pas envoyé", bare: "STARTTLS n'est pas proposé", ok: 'TLS avec un certificat vérifié, TLSv1.3',
        spf: "l'enregistrement n'autorise pas keys.test à envoyer pour le domaine", spf_fix: 'Publiez v=spf1 mx include:keys.test -all', dkim: 'une clé est publiée',
        dmarc: 'aucun enregistrement DMARC', dmarc_fix: 'Publiez un enregistrement TXT à _dmarc.acme.test, par exemple v=DMARC1; p=none; rua=mailto:…', hat: 'rencontre le groupe CRES, TLS obligatoire', reports: "le DNS n'a pas répondu",
    },
};

export function doctorRoutes(world) {
    return [['POST', /^\/api\/v1\/doctor$/, async (request) => {
        const { domain } = await request.json();
        if (domain === 'busy.test') return problem(429, 'too-many-requests', {}, { 'Retry-After': '7' });
        const language = (request.headers['accept-language'] ?? '').startsWith('fr') ? 'fr' : 'en';
        const said = words[language];
        const mend = fixes[language];
        const finding = (section, state, about, what, fix = null) => ({ section, about, state, what, fix });
        const sick = domain === 'acme.test';
        const tls = sick ? [finding('tls', 'good', 'mx1.acme.test 192.0.2.1', said.ok), finding('tls', 'bad', 'mx2.acme.test 192.0.2.2', said.gap, mend.missing_intermediate), finding('tls', 'bad', 'mx3.acme.test 192.0.2.3', said.bare, mend.no_starttls)]
            : [finding('tls', 'good', `mx1.${domain} 192.0.2.9`, said.ok)];
        const findings = [
            finding('mx', 'good', '', said.mx), ...tls,
            ...(sick ? [finding('spf', 'warn', '', said.spf, said.spf_fix), finding('dmarc', 'warn', '', said.dmarc, said.dmarc_fix), finding('tls_reports', 'unknown', '', said.reports)] : []),
            finding('dkim', 'good', `s1._domainkey.${domain}`, said.dkim), finding('hat', 'good', '192.0.2.80 out.keys.test (public)', said.hat),
        ];
        return json(200, { domain, healthy: !sick, findings, sections: { mx: {}, tls: { hosts: hostsOf(world, domain) }, spf: {}, dkim: {}, dmarc: {}, hat: {}, tls_reports: {} } });
    }]];
}
