// What DANE and MTA-STS make of hosts that are good or bad by themselves.
#include "farm.hpp"

#include "base/encoding.hpp"
#include "serve/tlstest/domain_policies.hpp"
#include "sys/async/task_group.hpp"
#include "sys/async/workers.hpp"
#include "sys/crypto/digest.hpp"
#include "sys/crypto/x509_anchor.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "sys/tls/stream.hpp"
#include "wire/mail/utf8.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <functional>

namespace sealpost::tlstest {
namespace {

using crypto::PrivateKey;
using route::TlsVerdict;
using Dane = DaneFinding::Status;
using Sts = StsReport::Status;

struct World {
    std::string zone;  // {tlsa-owner} stands for the name of the host's TLSA records
    tls::KeyPair pair;
    std::optional<route::StsFinding> sts = {};
    std::string hello_inside = {};  // the answer to all inside TLS, where it is another
};

Task<void> say(net::ByteStream& stream, std::string line)
{
    [[maybe_unused]] auto written = co_await stream.write(line + "\r\n", Deadline::after(std::chrono::seconds(20)));
}

// Answers as a mail host does until STARTTLS (true) or the end.
Task<bool> talk(net::ByteStream& stream)
{
    std::string heard(4000, '\0');
    for (;;) {
        auto count = co_await stream.read_some(heard, Deadline::after(std::chrono::seconds(20)));
        if (!count || *count == 0) co_return false;
        const bool is_starttls = heard.starts_with("STARTTLS");
        co_await say(stream, is_starttls ? "220 go ahead" : heard.starts_with("QUIT") ? "221 bye" : "250-mx\r\n250 STARTTLS");
        if (is_starttls) co_return true;
    }
}

Task<void> serve_one(net::Listener& listener, std::shared_ptr<const tls::ServerContext> identity, std::string hello_inside)
{
    auto stream = co_await listener.accept();
    if (!stream) co_return;
    co_await say(**stream, "220 mx.acme.test ESMTP");
    const bool agreed = co_await talk(**stream);
    if (!agreed) co_return;
    auto secured = co_await tls::accept_tls(std::move(*stream), identity, Deadline::after(std::chrono::seconds(20)));
    if (!secured) co_return;
    while (!hello_inside.empty()) {
        std::string heard(4000, '\0');
        auto count = co_await (*secured)->read_some(heard, Deadline::after(std::chrono::seconds(20)));
        if (!count || *count == 0) co_return;
        co_await say(**secured, hello_inside);
    }
    [[maybe_unused]] const bool again = co_await talk(**secured);
}

Task<route::StsFinding> find_sts(route::StsFinding finding, std::string, Deadline) { co_return finding; }

Task<void> test_into(World& world, DomainTestResult& result)
{
    Executor executor = co_await async::this_executor();
    auto listener = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    DomainTestOptions options;
    options.port = (*listener)->local().port;
    const std::string owner = "_" + std::to_string(options.port) + "._tcp.mx.acme.test";
    for (auto at = world.zone.find("{tlsa-owner}"); at != std::string::npos; at = world.zone.find("{tlsa-owner}"))
        world.zone.replace(at, std::string_view("{tlsa-owner}").size(), owner);
    if (world.sts)
        options.find_sts = [&world](const std::string& domain, Deadline deadline) {
            return find_sts(*world.sts, domain, deadline);
        };
    dns::CannedResolver resolver(world.zone);
    std::vector<tls::KeyPair> pairs{world.pair};
    async::TaskGroup group(executor);
    group.spawn(serve_one(**listener, tls::ServerContext::make(std::move(pairs)).value(), world.hello_inside));
    auto tested = co_await test_domain(resolver, acme_authority().trusting_client(), "acme.test", options);
    result = std::move(tested);
    (*listener)->close();
    co_await group.join();
}

DomainTestResult play_in(World world)
{
    DomainTestResult result;
    async::run_here([&] { return test_into(world, result); });
    return result;
}

tls::KeyPair self_signed()
{
    const PrivateKey key = PrivateKey::make_ecdsa_p256().value();
    return {{crypto::make_certificate(order_for("mx.acme.test"), key).value()}, key};
}

std::string tlsa(const crypto::Certificate& certificate, const std::string& usage = "3")
{
    return "TLSA " + usage + " 1 1 " + format_hex(crypto::sha256(crypto::public_key_der(certificate)));
}

const std::string signed_zone =
    "acme.test MX 10 mx.acme.test\nacme.test SECURE\nmx.acme.test A 127.0.0.1\nmx.acme.test SECURE\n{tlsa-owner} SECURE\n";

DomainTestResult play_one(tls::KeyPair pair, const std::string& more, const std::string& zone = signed_zone)
{
    return play_in({zone + more, std::move(pair)});
}

TEST(TlsTestDane, TakesASelfSignedCertificateThatATlsaRecordKnows)
{
    tls::KeyPair pair = self_signed();
    const std::string record = tlsa(pair.chain.front());
    const DomainTestResult played = play_one(std::move(pair), "{tlsa-owner} " + record + "\n");
    EXPECT_TRUE(played.ready()) << format_table(played, Language::en);
    EXPECT_EQ(played.dane.status, Dane::usable);
    ASSERT_EQ(played.dane.hosts.size(), 1U);
    EXPECT_EQ(played.dane.hosts[0].verdict, DaneHost::Verdict::ok);
    const auto json = to_json(played);
    EXPECT_EQ(json.at("dane").at("status").as_string(), "usable");
    EXPECT_EQ(json.at("dane").at("hosts").at(0).at("verdict").as_string(), "ok");
    EXPECT_EQ(json.at("dane").at("hosts").at(0).at("tlsa").as_array().size(), 1U);
}

TEST(TlsTestDane, DoesNotTakeAHostThatTakesNoMailWhateverItsTlsaRecordProves)
{
    tls::KeyPair by_itself = self_signed();
    tls::KeyPair trusted = acme_authority().pair(order_for("mx.acme.test"), PrivateKey::make_ecdsa_p256().value());
    for (tls::KeyPair& pair : {std::ref(by_itself), std::ref(trusted)}) {
        World world{signed_zone + "{tlsa-owner} " + tlsa(pair.chain.front()) + "\n", pair};
        world.hello_inside = "554 refus\xe9";
        const DomainTestResult played = play_in(std::move(world));
        EXPECT_FALSE(played.ready());
        EXPECT_EQ(played.hosts.at(0).verdict, TlsVerdict::refused_by_banner) << played.hosts.at(0).detail;
        EXPECT_EQ(played.dane.hosts.at(0).verdict, DaneHost::Verdict::ok) << "of the record";
        const std::string text = boost::json::serialize(to_json(played));
        EXPECT_NO_THROW(boost::json::parse(text)) << text;
        EXPECT_TRUE(mail::is_utf8(format_table(played, Language::en)));
    }
}

TEST(TlsTestDane, DoesNotTakeAHandshakeThatOnlyALenientClientCompletes)
{
    route::TlsaSet set;
    set.status = route::TlsaSet::Status::usable;
    set.base = "mx.acme.test";
    const tls::KeyPair pair = self_signed();
    set.records.push_back(route::parse_tlsa(tlsa(pair.chain.front()).substr(5)).value());
    ProbeResult probed;
    probed.finding.verdict = TlsVerdict::weak_key;
    probed.proof.emplace();
    probed.proof->chain = pair.chain;
    probed.by_lenient = true;
    HostResult host;
    host.verdict = TlsVerdict::weak_key;
    EXPECT_EQ(judge_by_tlsa(host, set, probed, "acme.test"), DaneHost::Verdict::untested);
    EXPECT_EQ(host.verdict, TlsVerdict::weak_key);
    probed.by_lenient = false;
    EXPECT_EQ(judge_by_tlsa(host, set, probed, "acme.test"), DaneHost::Verdict::ok);
}

TEST(TlsTestDane, DoesNotTakeAGoodCertificateThatTheTlsaRecordsDoNotKnow)
{
    tls::KeyPair pair = acme_authority().pair(order_for("mx.acme.test"), PrivateKey::make_ecdsa_p256().value());
    const DomainTestResult played = play_one(std::move(pair), "{tlsa-owner} " + tlsa(acme_authority().root.certificate) + "\n");
    EXPECT_FALSE(played.ready());
    EXPECT_EQ(played.hosts.at(0).verdict, TlsVerdict::dane_mismatch);
    EXPECT_EQ(played.hosts.at(0).faulty, 0U);
    EXPECT_EQ(played.dane.status, Dane::invalid);
}

TEST(TlsTestDane, TakesAChainToAnAuthorityThatATlsaRecordKnows)
{
    tls::KeyPair pair = acme_authority().pair(order_for("mx.acme.test"), PrivateKey::make_ecdsa_p256().value());
    const DomainTestResult played =
        play_one(std::move(pair), "{tlsa-owner} " + tlsa(acme_authority().intermediate.certificate, "2") + "\n");
    EXPECT_TRUE(played.ready());
    EXPECT_EQ(played.dane.status, Dane::usable);
}

TEST(TlsTestDane, CannotTellWhenTheRecordsCannotBeLookedUp)
{
    tls::KeyPair pair = acme_authority().pair(order_for("mx.acme.test"), PrivateKey::make_ecdsa_p256().value());
    const DomainTestResult played = play_one(std::move(pair), "{tlsa-owner} TLSA TEMPORARY\n");
    EXPECT_FALSE(played.ready());
    EXPECT_TRUE(played.could_not_tell());
    EXPECT_EQ(played.dane.status, Dane::failed);
}

TEST(TlsTestDane, TellsUnsignedFromSignedWithoutRecords)
{
    const std::string plain = "acme.test MX 10 mx.acme.test\nmx.acme.test A 127.0.0.1\n";
    const auto good = [] { return acme_authority().pair(order_for("mx.acme.test"), PrivateKey::make_ecdsa_p256().value()); };
    EXPECT_EQ(play_one(good(), "", plain).dane.status, Dane::not_signed);
    EXPECT_EQ(play_one(good(), "").dane.status, Dane::none);
}

// What the finder would say, without a policy host.
DomainTestResult play_with(route::StsFinding finding)
{
    tls::KeyPair pair = acme_authority().pair(order_for("mx.acme.test"), PrivateKey::make_ecdsa_p256().value());
    return play_in({"acme.test MX 10 mx.acme.test\nmx.acme.test A 127.0.0.1\n", std::move(pair), std::move(finding)});
}

route::StsFinding policy(route::StsPolicy::Mode mode, const std::string& mx)
{
    route::StsFinding finding;
    finding.status = route::StsFinding::Status::found;
    finding.policy = {mode, {mx}, std::chrono::seconds(86400)};
    return finding;
}

TEST(TlsTestMtaSts, ShowsAPolicyThatListsEveryHost)
{
    const DomainTestResult played = play_with(policy(route::StsPolicy::Mode::enforce, "*.acme.test"));
    EXPECT_TRUE(played.ready());
    const auto json = to_json(played).at("mta_sts").as_object();
    EXPECT_EQ(json.at("status").as_string(), "ok");
    EXPECT_EQ(json.at("mode").as_string(), "enforce");
    EXPECT_EQ(json.at("max_age").as_int64(), 86400);
    EXPECT_EQ(json.at("mx").as_array().size(), 1U);
    EXPECT_TRUE(json.at("problem").is_null());
}

TEST(TlsTestMtaSts, IsNotReadyWhenAnEnforcedPolicyLeavesAHostOut)
{
    const DomainTestResult played = play_with(policy(route::StsPolicy::Mode::enforce, "mx.partner.test"));
    EXPECT_FALSE(played.ready());
    EXPECT_FALSE(played.could_not_tell());
    EXPECT_EQ(played.mta_sts.status, Sts::problem);
    EXPECT_EQ(played.mta_sts.uncovered, std::vector<std::string>{"mx.acme.test"});
    EXPECT_NE(format_table(played, Language::fr).find("À faire: Listez dans la politique MTA-STS : mx.acme.test ;"),
              std::string::npos);
    const DomainTestResult testing = play_with(policy(route::StsPolicy::Mode::testing, "mx.partner.test"));
    EXPECT_TRUE(testing.ready());
    EXPECT_EQ(testing.mta_sts.status, Sts::problem);
}

TEST(TlsTestMtaSts, TellsAProblemThatDoesNotStopMailFromOneThatCannotBeTold)
{
    route::StsFinding broken;
    broken.status = route::StsFinding::Status::problem;
    broken.problem = "404";
    EXPECT_TRUE(play_with(broken).ready());
    EXPECT_EQ(play_with(broken).mta_sts.status, Sts::problem);
    broken.status = route::StsFinding::Status::unknown;
    EXPECT_TRUE(play_with(broken).could_not_tell());
}

TEST(TlsTestTable, SaysOfAHostThatWasNotAskedThatItWasNot)
{
    DomainTestResult result;
    result.domain = "acme.test";
    result.hosts.resize(1);
    result.hosts.front().was_asked = false;
    const auto text = format_table(result, Language::en);
    EXPECT_NE(text.find("not_asked"), std::string::npos) << text;
    EXPECT_EQ(text.find("unreachable"), std::string::npos) << text;
    EXPECT_NE(text.find("delivery.source_address"), std::string::npos) << text;
}

}  // namespace
}  // namespace sealpost::tlstest
