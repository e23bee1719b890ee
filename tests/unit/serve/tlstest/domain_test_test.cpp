#include "farm.hpp"

#include "sys/async/task_group.hpp"
#include "sys/async/workers.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace sealpost::tlstest {
namespace {

using crypto::PrivateKey;
using route::TlsVerdict;

const std::string one_host = "acme.test MX 10 mx.acme.test\nmx.acme.test A 127.0.0.1\n";

// The verdict on one host, of which nothing else is wrong; a domain with it is not ready.
HostResult judge(MailHostScript host, std::chrono::milliseconds timeout = std::chrono::seconds(20))
{
    std::vector<MailHostScript> hosts;
    hosts.push_back(std::move(host));
    Played played = play(std::move(hosts), one_host, timeout);
    EXPECT_EQ(played.result.hosts.size(), 1U);
    EXPECT_EQ(played.result.ready(), played.result.hosts.at(0).verdict == TlsVerdict::ok);
    EXPECT_EQ(played.result.problem, DomainProblem::none);
    return played.result.hosts.at(0);
}

tls::KeyPair pair_for(const crypto::CertificateOrder& order)
{
    return acme_authority().pair(order, PrivateKey::make_ecdsa_p256().value());
}

TEST(TlsTest, FindsAGoodHostReadyAndNeverMails)
{
    const Played played = play({good_host()}, one_host);
    EXPECT_TRUE(played.result.ready()) << format_table(played.result, Language::en);
    EXPECT_EQ(played.commands, (std::vector<std::string>{"EHLO TESTER.TEST", "STARTTLS", "EHLO TESTER.TEST", "QUIT"}));
    EXPECT_EQ(played.result.hosts.at(0).protocol, "TLSv1.3");
    EXPECT_EQ(played.result.hosts.at(0).chain.size(), 2U);
}

TEST(TlsTest, DoesNotBindWhatOnlyTheWorldSeesOfUs)
{
    const auto from = net::SourceAddresses::preferring({*parse_ip("192.0.2.10"), *parse_ip("::1")});
    EXPECT_TRUE(play({good_host()}, one_host, std::chrono::seconds(20), "acme.test", from).result.ready());
}

TEST(TlsTest, BlamesNobodyForASourceAddressThatIsNotThisMachines)
{
    for (const char* address : {"192.0.2.10", "::1"}) {
        const net::SourceAddresses from = parse_ip(address);
        const Played played = play({good_host()}, one_host, std::chrono::seconds(20), "acme.test", from);
        EXPECT_TRUE(played.result.could_not_tell());
        EXPECT_FALSE(played.result.ready());
        EXPECT_TRUE(played.commands.empty());
        EXPECT_NE(played.result.hosts.at(0).detail.find("delivery.source_address"), std::string::npos);
        EXPECT_NE(format_table(played.result, Language::en).find("could not tell: a mail host"), std::string::npos);
        EXPECT_EQ(format_table(played.result, Language::en).find("firewall"), std::string::npos);
    }
}

TEST(TlsTest, FindsTheMissingIntermediate)
{
    crypto::CertificateOrder order = order_for("mx.acme.test");
    order.aia_issuer_url = "http://ca.acme.test/issuing.der";
    tls::KeyPair pair = pair_for(order);
    pair.chain.pop_back();
    const HostResult host = judge(host_with(std::move(pair)));
    EXPECT_EQ(host.verdict, TlsVerdict::missing_intermediate);
    EXPECT_NE(host.detail.find("Acme Issuing"), std::string::npos);
    EXPECT_NE(host.detail.find(order.aia_issuer_url), std::string::npos);
    EXPECT_EQ(host.faulty, 1U) << "behind the last";
    EXPECT_EQ(to_json(host).at("faulty"), 1);
}

TEST(TlsTest, FindsASelfSignedCertificate)
{
    const PrivateKey key = PrivateKey::make_ecdsa_p256().value();
    EXPECT_EQ(judge(host_with({{crypto::make_certificate(order_for("mx.acme.test"), key).value()}, key})).verdict,
              TlsVerdict::self_signed);
}

TEST(TlsTest, FindsAnUntrustedRootSentOrNot)
{
    const Authority other("Other");
    tls::KeyPair pair = other.pair(order_for("mx.acme.test"), PrivateKey::make_ecdsa_p256().value());
    EXPECT_EQ(judge(host_with(pair)).verdict, TlsVerdict::untrusted_root);
    pair.chain.push_back(other.root.certificate);
    EXPECT_EQ(judge(host_with(pair)).verdict, TlsVerdict::untrusted_root);
}

TEST(TlsTest, FindsWrongDates)
{
    crypto::CertificateOrder order = order_for("mx.acme.test");
    order.not_after = order.not_before + std::chrono::minutes(1);
    EXPECT_EQ(judge(host_with(pair_for(order))).verdict, TlsVerdict::expired);
    order.not_before += std::chrono::hours(48);
    order.not_after += std::chrono::hours(72);
    EXPECT_EQ(judge(host_with(pair_for(order))).verdict, TlsVerdict::not_yet_valid);
}

TEST(TlsTest, FindsACertificateForAnotherName)
{
    const HostResult host = judge(host_with(pair_for(order_for("mail.acme.test"))));
    EXPECT_EQ(host.verdict, TlsVerdict::name_mismatch);
    EXPECT_NE(host.detail.find("mail.acme.test"), std::string::npos);
    EXPECT_EQ(host.faulty, 0U);
    crypto::CertificateOrder common_name_only = order_for("mx.acme.test");
    common_name_only.dns_names.clear();
    EXPECT_EQ(judge(host_with(pair_for(common_name_only))).verdict, TlsVerdict::name_mismatch);
}

TEST(TlsTest, FindsWeakKeysAndSignatures)
{
    tls::ServerOptions careless;
    careless.security_level = 0;
    const PrivateKey weak = PrivateKey::make_rsa(1024).value();
    EXPECT_EQ(judge(host_with(acme_authority().pair(order_for("mx.acme.test"), weak), careless)).verdict, TlsVerdict::weak_key);
    crypto::CertificateOrder order = order_for("mx.acme.test");
    order.hash = "SHA1";
    EXPECT_EQ(judge(host_with(pair_for(order), careless)).verdict, TlsVerdict::weak_signature);
}

TEST(TlsTest, NamesAProtocolThatIsTooOld)
{
    tls::ServerOptions old;
    old.security_level = 0;
    old.least = tls::Version::tls1_0;
    for (const auto newest : {tls::Version::tls1_0, tls::Version::tls1_1}) {
        old.most = newest;
        const HostResult host = judge(host_with(pair_for(order_for("mx.acme.test")), old));
        EXPECT_EQ(host.verdict, TlsVerdict::weak_protocol) << host.detail;
        EXPECT_EQ(host.protocol, newest == tls::Version::tls1_0 ? "TLSv1" : "TLSv1.1");
    }
}

TEST(TlsTest, TellsNoStarttlsFromARefusedOne)
{
    MailHostScript without = good_host();
    without.offers_starttls = false;
    EXPECT_EQ(judge(without).verdict, TlsVerdict::no_starttls);
    MailHostScript refusing = good_host();
    refusing.starttls_reply = "454 TLS not available due to temporary reason";
    const HostResult host = judge(refusing);
    EXPECT_EQ(host.verdict, TlsVerdict::starttls_refused);
    EXPECT_NE(host.detail.find("454"), std::string::npos);
}

TEST(TlsTest, FindsAHandshakeThatFails)
{
    for (const auto then : {MailHostScript::Then::garbage, MailHostScript::Then::reset}) {
        MailHostScript host = good_host();
        host.then = then;
        EXPECT_EQ(judge(host).verdict, TlsVerdict::handshake_failed);
    }
    MailHostScript silent = good_host();
    silent.then = MailHostScript::Then::silence;
    EXPECT_EQ(judge(silent, std::chrono::milliseconds(100)).verdict, TlsVerdict::handshake_failed);
}

TEST(TlsTest, DoesNotTakeInjectedOctetsForTls)
{
    MailHostScript host = good_host();
    host.starttls_reply = "220 go ahead\r\n250 injected";
    EXPECT_EQ(judge(host).verdict, TlsVerdict::handshake_failed);
}

TEST(TlsTest, FindsAHostThatRefusesByItsBanner)
{
    MailHostScript host = good_host();
    host.banner = "554 5.7.1 go away";
    const HostResult result = judge(host);
    EXPECT_EQ(result.verdict, TlsVerdict::refused_by_banner);
    EXPECT_NE(result.detail.find("554 5.7.1 go away"), std::string::npos);
}

TEST(TlsTest, FindsAClosedPortUnreachable)
{
    const Played played = play({}, one_host);
    ASSERT_EQ(played.result.hosts.size(), 1U);
    EXPECT_EQ(played.result.hosts[0].verdict, TlsVerdict::unreachable);
    EXPECT_FALSE(played.result.ready());
    EXPECT_FALSE(played.result.could_not_tell());
}

TEST(TlsTest, NeedsEveryAddressOfEveryHost)
{
    const std::string zone =
        "acme.test MX 10 mx.acme.test\nacme.test MX 20 mx2.acme.test\n"
        "mx.acme.test A 127.0.0.1\nmx.acme.test A 127.0.0.2\nmx2.acme.test A 127.0.0.1\n";
    MailHostScript bad = good_host();
    bad.offers_starttls = false;
    const Played played = play({good_host(), bad}, zone);
    ASSERT_EQ(played.result.hosts.size(), 3U);
    EXPECT_EQ(played.result.hosts[0].verdict, TlsVerdict::ok);
    EXPECT_EQ(played.result.hosts[1].address, "127.0.0.2");
    EXPECT_EQ(played.result.hosts[1].verdict, TlsVerdict::no_starttls);
    EXPECT_EQ(played.result.hosts[2].verdict, TlsVerdict::name_mismatch);
    EXPECT_FALSE(played.result.ready());
}

// A host without TLS that counts how many talk to it at a time.
struct Crowd {
    int now = 0;
    int most = 0;
    int all = 0;
};

Task<void> serve_in_crowd(std::unique_ptr<net::TcpStream> stream, Crowd& crowd)
{
    const Deadline end = Deadline::after(std::chrono::seconds(20));
    std::string heard(1000, '\0');
    std::string_view answer = "220 mx\r\n";
    while (!answer.starts_with("221")) {
        auto told = co_await stream->write(answer, end);
        auto count = co_await stream->read_some(heard, end);
        if (!told || !count || *count == 0) break;
        answer = heard.starts_with("QUIT") ? "221 bye\r\n" : "250 mx\r\n";
    }
    --crowd.now;  // before the client hears it, and comes again
    [[maybe_unused]] auto told = co_await stream->write("221 bye\r\n", end);
}

Task<void> serve_crowd(net::Listener& listener, Crowd& crowd)
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    for (;;) {
        auto stream = co_await listener.accept();
        if (!stream) break;
        ++crowd.all;
        crowd.most = std::max(crowd.most, ++crowd.now);
        group.spawn(serve_in_crowd(std::move(*stream), crowd));
    }
    co_await group.join();
}

Task<void> test_crowd(Crowd& crowd, DomainTestResult& result)
{
    Executor executor = co_await async::this_executor();
    auto listener = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    std::string zone;
    for (const char* name : {"mx1", "mx2", "mx3", "mx4", "mx5", "mx6", "mx7"})
        zone += "acme.test MX 10 " + std::string(name) + ".acme.test\n" + name + ".acme.test A 127.0.0.1\n";
    dns::CannedResolver resolver(zone);
    DomainTestOptions options;
    options.port = (*listener)->local().port;
    async::TaskGroup group(executor);
    group.spawn(serve_crowd(**listener, crowd));
    auto tested = co_await test_domain(resolver, acme_authority().trusting_client(), "acme.test", options);
    result = std::move(tested);
    (*listener)->close();
    co_await group.join();
}

TEST(TlsTest, AsksAnAddressAboutEachNameThatItHasButNeverMoreThanTwiceAtATime)
{
    Crowd crowd;
    DomainTestResult result;
    async::run_here([&] { return test_crowd(crowd, result); });
    EXPECT_EQ(result.hosts.size(), 7U);
    for (const HostResult& host : result.hosts) EXPECT_EQ(host.verdict, TlsVerdict::no_starttls) << host.mx << host.detail;
    EXPECT_EQ(crowd.all, 7);
    EXPECT_LE(crowd.most, 2);
}

TEST(TlsTest, NotesAnMxThatIsAnAlias)
{
    const Played played =
        play({good_host()}, "acme.test MX 10 mx.acme.test\nmx.acme.test CNAME real.acme.test\nreal.acme.test A 127.0.0.1\n");
    ASSERT_EQ(played.result.hosts.size(), 1U);
    EXPECT_EQ(played.result.hosts[0].verdict, TlsVerdict::ok);
    EXPECT_EQ(played.result.hosts[0].notes.size(), 1U);
}

TEST(TlsTest, NamesTheProblemOfADomainWithoutHosts)
{
    EXPECT_EQ(play({}, "other.test A 127.0.0.1\n").result.problem, DomainProblem::no_mail_host);
    EXPECT_EQ(play({}, "acme.test MX 0 .\n").result.problem, DomainProblem::null_mx);
    const Played failing = play({}, "acme.test TEMPORARY\n");
    EXPECT_EQ(failing.result.problem, DomainProblem::dns_failure);
    EXPECT_TRUE(failing.result.could_not_tell());
    EXPECT_FALSE(failing.result.ready());
}

TEST(TlsTest, IsNotReadyWhenAHostsAddressesAreUnknown)
{
    const std::string zone =
        "acme.test MX 10 mx.acme.test\nacme.test MX 20 mx2.acme.test\nmx.acme.test A 127.0.0.1\nmx2.acme.test TEMPORARY\n";
    const Played unknown = play({good_host()}, zone);
    EXPECT_EQ(unknown.result.problem, DomainProblem::dns_failure);
    EXPECT_TRUE(unknown.result.could_not_tell());
    MailHostScript bad = good_host();
    bad.offers_starttls = false;
    EXPECT_FALSE(play({bad}, zone).result.could_not_tell());
    const Played nowhere =
        play({good_host()}, "acme.test MX 10 mx.acme.test\nacme.test MX 20 gone.test\nmx.acme.test A 127.0.0.1\n");
    EXPECT_FALSE(nowhere.result.ready());
}

TEST(TlsTest, TakesTheDomainAsPeopleWriteIt)
{
    const std::string zone = "xn--bcher-kva.test MX 10 mx.acme.test\nmx.acme.test A 127.0.0.1\n";
    const Played played = play({good_host()}, zone, std::chrono::seconds(20),
                               "B\xc3\xbc"
                               "cher.test");
    EXPECT_EQ(played.result.domain, "xn--bcher-kva.test");
    EXPECT_TRUE(played.result.ready());
}

TEST(TlsTestJson, HasTheFieldsOfTheInterface)
{
    const auto object = to_json(play({good_host()}, one_host).result);
    for (const char* field : {"domain", "ready", "problem", "hosts", "dane", "mta_sts"})
        EXPECT_TRUE(object.contains(field)) << field;
    EXPECT_EQ(object.at("ready"), true);
    EXPECT_TRUE(object.at("problem").is_null());
    const auto& host = object.at("hosts").as_array().at(0).as_object();
    for (const char* field : {"mx", "preference", "address", "verdict", "detail", "protocol", "cipher", "chain"})
        EXPECT_TRUE(host.contains(field)) << field;
    EXPECT_EQ(host.at("mx"), "mx.acme.test");
    EXPECT_EQ(host.at("preference"), 10);
    EXPECT_EQ(host.at("address"), "127.0.0.1");
    EXPECT_EQ(host.at("verdict"), "ok");
    EXPECT_TRUE(host.at("faulty").is_null());
    EXPECT_EQ(host.at("chain").as_array().size(), 2U);
    EXPECT_EQ(to_json(play({}, "acme.test MX 0 .\n").result).at("problem"), "null_mx");
}

TEST(TlsTestJson, SaysWhatMendsEachFinding)
{
    DomainTestResult result = play({good_host()}, one_host).result;
    HostResult expired;
    expired.verdict = TlsVerdict::expired;
    result.hosts.push_back(expired);
    result.dane.hosts = {{"mx.acme.test", {}, DaneHost::Verdict::ok},
                         {"mx2.acme.test", {"1 1 1 ab12"}, DaneHost::Verdict::unusable}};
    result.mta_sts.status = StsReport::Status::problem;
    result.mta_sts.uncovered = {"mx2.acme.test"};
    const auto english = to_json(result, Language::en);
    const auto french = to_json(result, Language::fr);
    const auto fix = [](const boost::json::value& object, const char* pointer) {
        return std::string(object.at_pointer(pointer).as_string().c_str());
    };
    EXPECT_EQ(fix(english, "/hosts/0/fix"), "");
    EXPECT_EQ(fix(english, "/hosts/1/fix"), route::fix_for(TlsVerdict::expired, Language::en));
    EXPECT_EQ(fix(french, "/hosts/1/fix"), route::fix_for(TlsVerdict::expired, Language::fr));
    EXPECT_EQ(fix(english, "/dane/hosts/0/fix"), "");
    EXPECT_EQ(fix(french, "/dane/hosts/1/fix"), fix_of(result.dane.hosts[1]).fr);
    EXPECT_EQ(fix(english, "/mta_sts/fix"), "List in the MTA-STS policy: mx2.acme.test; then change the id of the record.");
    EXPECT_NE(format_table(result, Language::fr).find(fix_of(result.dane.hosts[1]).fr), std::string::npos);
    EXPECT_FALSE(to_json(result).at("hosts").at(0).as_object().contains("fix")) << "what is kept is for any language";
}

TEST(TlsTest, LooksAtNoMoreThanADomainCanMean)
{
    std::string zone;
    for (int i = 0; i < 100; ++i) {
        const std::string number = std::to_string(i), name = "mx" + number + ".acme.test";
        zone += "acme.test MX " + number + " " + name + "\n" + name + " A 127.0.0.1\nmx0.acme.test A 127.1.0." + number + "\n";
    }
    const DomainTestResult result = play({}, zone).result;
    ASSERT_EQ(result.hosts.size(), 31U + 64U + 2U);
    EXPECT_EQ(std::ranges::count(result.hosts, "not tested: 37 more addresses of the host", &HostResult::detail), 1);
    EXPECT_EQ(result.hosts.back().detail, "not tested: 68 more hosts of the domain");
    EXPECT_EQ(result.hosts.back().mx, "mx32.acme.test");
    EXPECT_EQ(std::ranges::count(result.hosts, true, &HostResult::is_left_out), 2);
    EXPECT_FALSE(result.ready());
    EXPECT_FALSE(result.could_not_tell());
    const auto last = to_json(result, Language::en).at("hosts").as_array().back();
    EXPECT_EQ(last.at("asked"), false);
    EXPECT_EQ(last.at("left_out"), true);
    EXPECT_EQ(last.at("fix").as_string(), fix_of_left_out().en);
    EXPECT_NE(format_table(result, Language::en).find("not_tried"), std::string::npos);
}

// A good host alone is not enough: the one that was not tried may be any.
TEST(TlsTest, IsNotReadyBeyondWhatItLooksAt)
{
    std::string zone;
    for (int i = 0; i < 33; ++i) zone += "acme.test MX " + std::to_string(i) + " mx" + std::to_string(i) + ".acme.test\n";
    for (int i = 0; i < 33; ++i) zone += "mx" + std::to_string(i) + ".acme.test A 127.0.0.1\n";
    DomainTestResult result = play({}, zone).result;
    for (HostResult& host : result.hosts)
        if (!host.is_left_out) host.verdict = TlsVerdict::ok;
    EXPECT_EQ(result.hosts.size(), 33U);
    EXPECT_FALSE(result.ready());
    const std::string text = format_table(result, Language::en);
    EXPECT_NE(text.find("not ready for TLS replies"), std::string::npos) << text;
    EXPECT_EQ(text.find("unreachable"), std::string::npos) << text;
    EXPECT_NE(text.find("not_tried"), std::string::npos) << text;
}

// Whatever else the zone names: the inner host behind a filter is no MX, and nobody talks to it.
TEST(TlsTest, NeverTalksToAnInnerHost)
{
    MailHostScript inner = good_host();
    inner.banner = "220 inner.acme.test ESMTP";
    const std::string zone =
        "acme.test MX 10 filter.elsewhere.test\nacme.test A 127.0.0.2\nfilter.elsewhere.test A 127.0.0.1\n"
        "mail.acme.test A 127.0.0.2\nmx.acme.test A 127.0.0.2\n_25._tcp.mx.acme.test TLSA 3 1 1 " +
        std::string(64, '0') + "\n";
    MailHostScript filter = good_host();
    filter.offers_starttls = false;
    const Played played = play({filter, inner}, zone);
    ASSERT_EQ(played.result.hosts.size(), 1U);
    EXPECT_EQ(played.result.hosts[0].mx, "filter.elsewhere.test");
    EXPECT_EQ(played.result.hosts[0].address, "127.0.0.1");
    EXPECT_EQ(played.result.hosts[0].verdict, TlsVerdict::no_starttls);
    EXPECT_FALSE(played.result.ready()) << "the filter is the host that needs TLS";
    EXPECT_EQ(std::ranges::count(played.commands, "QUIT"), 1) << "one conversation, with the filter";
}

TEST(TlsTestTable, TellsWhatToDo)
{
    MailHostScript bad = good_host();
    bad.offers_starttls = false;
    const DomainTestResult result = play({bad}, one_host).result;
    EXPECT_NE(format_table(result, Language::en).find(route::fix_for(TlsVerdict::no_starttls, Language::en)), std::string::npos);
    EXPECT_NE(format_table(result, Language::fr).find(route::fix_for(TlsVerdict::no_starttls, Language::fr)), std::string::npos);
}

}  // namespace
}  // namespace sealpost::tlstest
