// The mock of the doctor: doc/spec/doctor.md.
import { hostsOf } from './domain-tests.mjs';
import { json, problem } from './http.mjs';

const words = {
    en: {
        mx: '4 addresses of 3 hosts', gap: 'missing_intermediate: the intermediate certificate is not sent', gap_fix: 'Install the authority’s intermediate certificate on this host, after its own certificate.',
        bare: 'no_starttls: STARTTLS is not offered', bare_fix: 'Enable TLS on the listener that receives mail for this domain.', ok: 'ok: TLS with a certificate that verifies',
        dane: 'no TLSA record; none is needed', sts: 'no MTA-STS policy; none is needed', spf: 'the record does not include keys.test: replies leave under the name of the service', spf_fix: 'Add include:keys.test; the SPF advisor writes the record.',
        dkim: 'the selector of the configuration is published', dmarc: 'v=DMARC1; p=none: others are asked to do nothing', dmarc_fix: 'Go on to p=quarantine once the reports are clean.', hat: 'CRES demands TLS of 2 of 2 hosts', reports: 'DNS did not answer',
    },
    fr: {
        mx: '4 adresses de 3 serveurs', gap: 'missing_intermediate : le certificat intermédiaire n’est pas envoyé', gap_fix: 'Installez sur cet hôte le certificat intermédiaire de l’autorité, à la suite de son propre certificat.',
        bare: 'no_starttls : STARTTLS n’est pas proposé', bare_fix: 'Activez TLS sur l’écouteur qui reçoit le courrier de ce domaine.', ok: 'ok : TLS avec un certificat vérifié',
        dane: 'pas d’enregistrement TLSA ; il n’en faut pas', sts: 'pas de politique MTA-STS ; il n’en faut pas', spf: 'l’enregistrement n’inclut pas keys.test : les réponses partent sous le nom du service', spf_fix: 'Ajoutez include:keys.test ; le conseil SPF écrit l’enregistrement.',
        dkim: 'le sélecteur de la configuration est publié', dmarc: 'v=DMARC1; p=none : rien n’est demandé aux autres', dmarc_fix: 'Passez à p=quarantine quand les rapports sont propres.', hat: 'CRES exige TLS de 2 serveurs sur 2', reports: 'le DNS n’a pas répondu',
    },
};

export function doctorRoutes(world) {
    return [['POST', /^\/api\/v1\/doctor$/, async (request) => {
        const { domain } = await request.json();
        if (domain === 'busy.test') return problem(429, 'too-many-requests', {}, { 'Retry-After': '7' });
        const said = words[(request.headers['accept-language'] ?? '').startsWith('fr') ? 'fr' : 'en'];
        const finding = (section, state, about, what, fix = null) => ({ section, about, state, what, fix });
        const sick = domain === 'acme.test';
        const tls = sick ? [finding('tls', 'good', 'mx1.acme.test 192.0.2.1', said.ok), finding('tls', 'bad', 'mx2.acme.test 192.0.2.2', said.gap, said.gap_fix), finding('tls', 'bad', 'mx3.acme.test 192.0.2.3', said.bare, said.bare_fix)]
            : [finding('tls', 'good', `mx1.${domain} 192.0.2.9`, said.ok)];
        const findings = [
            finding('mx', 'good', domain, said.mx), ...tls, finding('tls', 'note', 'DANE', said.dane), finding('tls', 'note', 'MTA-STS', said.sts),
            ...(sick ? [finding('spf', 'warn', domain, said.spf, said.spf_fix), finding('dmarc', 'warn', `_dmarc.${domain}`, said.dmarc, said.dmarc_fix), finding('tls_reports', 'unknown', `_smtp._tls.${domain}`, said.reports)] : []),
            finding('dkim', 'good', `s1._domainkey.${domain}`, said.dkim), finding('hat', 'good', 'keys.test', said.hat),
        ];
        return json(200, { domain, healthy: !sick, findings, sections: { mx: {}, tls: { hosts: hostsOf(world, domain) }, spf: {}, dkim: {}, dmarc: {}, hat: {}, tls_reports: {} } });
    }]];
}
