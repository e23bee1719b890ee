#include "wire/route/dane.hpp"

#include "base/encoding.hpp"
#include "sys/async/workers.hpp"
#include "sys/crypto/digest.hpp"
#include "sys/crypto/x509_anchor.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gtest/gtest.h>

namespace sealpost::route {
namespace {

using Status = TlsaSet::Status;
using Verdict = DaneMatch::Verdict;
using crypto::Certificate;
using crypto::PrivateKey;

const WallTime now = SystemClock().now();

crypto::CertificateOrder order_for(const std::string& name, bool is_ca = false)
{
    crypto::CertificateOrder order;
    order.subject = name;
    if (!is_ca) order.dns_names = {name};
    order.is_ca = is_ca;
    order.not_before = now - std::chrono::hours(24);
    order.not_after = now + std::chrono::hours(24);
    return order;
}

// A leaf for mx.acme.test, signed by an intermediate, signed by a root; leaf, intermediate and root as sent.
struct Chain {
    PrivateKey root_key = PrivateKey::make_ecdsa_p256().value();
    PrivateKey middle_key = PrivateKey::make_ecdsa_p256().value();
    PrivateKey leaf_key = PrivateKey::make_ecdsa_p256().value();
    Certificate root = crypto::make_certificate(order_for("Root", true), root_key).value();
    Certificate middle = crypto::make_certificate(order_for("Issuing", true), middle_key, crypto::Issuer{root, root_key}).value();
    Certificate leaf;
    std::vector<Certificate> sent;

    explicit Chain(crypto::CertificateOrder order = order_for("mx.acme.test"))
        : leaf(crypto::make_certificate(order, leaf_key, crypto::Issuer{middle, middle_key}).value()), sent{leaf, middle}
    {
    }
};

TlsaRecord record_for(int usage, int selector, int matching, const Certificate& certificate)
{
    TlsaRecord record;
    record.usage = static_cast<std::uint8_t>(usage);
    record.selector = static_cast<std::uint8_t>(selector);
    record.matching = static_cast<std::uint8_t>(matching);
    const Bytes selected = selector == 0 ? certificate.to_der() : crypto::public_key_der(certificate);
    record.data = selected;
    if (matching == 1) {
        const auto digest = crypto::sha256(selected);
        record.data.assign(digest.begin(), digest.end());
    } else if (matching == 2) {
        const auto digest = crypto::sha512(selected);
        record.data.assign(digest.begin(), digest.end());
    }
    return record;
}

Verdict match(const std::vector<TlsaRecord>& records, const std::vector<Certificate>& sent,
              const std::vector<std::string>& names = {"mx.acme.test"})
{
    return match_tlsa(records, sent, names, now).verdict;
}

TEST(TlsaRecord, IsReadAsItIsWritten)
{
    const auto record = parse_tlsa("3 1 1 00ff");
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->usage, 3);
    EXPECT_EQ(format_tlsa(*record), "3 1 1 00ff");
    for (const char* text : {"", "3 1 1", "3 1 256 00", "3 1 1 0", "3 1 1 zz", "3 1 1 00 00"})
        EXPECT_FALSE(parse_tlsa(text)) << text;
}

TEST(TlsaRecord, IsUsableForSmtpWithUsagesTwoAndThreeOnly)
{
    const Chain chain;
    EXPECT_TRUE(is_usable(record_for(3, 1, 1, chain.leaf)));
    EXPECT_TRUE(is_usable(record_for(2, 0, 2, chain.root)));
    EXPECT_FALSE(is_usable(record_for(1, 1, 1, chain.leaf)));  // PKIX-EE: RFC 7672 §3.1.3
    EXPECT_FALSE(is_usable(record_for(0, 0, 1, chain.root)));
    EXPECT_FALSE(is_usable(*parse_tlsa("3 1 1 00ff")));  // no SHA-256
    EXPECT_FALSE(is_usable(*parse_tlsa("3 2 0 00ff")));
    EXPECT_FALSE(is_usable(*parse_tlsa("3 1 3 00ff")));
}

TEST(DaneMatch, TakesTheLeafOfADaneEeRecordWhateverElseIsWrongWithIt)
{
    crypto::CertificateOrder expired = order_for("elsewhere.test");
    expired.not_after = now - std::chrono::hours(1);
    const Chain chain(expired);
    for (const int selector : {0, 1})
        for (const int matching : {0, 1, 2})
            EXPECT_EQ(match({record_for(3, selector, matching, chain.leaf)}, {chain.leaf}), Verdict::ee);
    EXPECT_EQ(match({record_for(3, 1, 1, chain.middle)}, chain.sent), Verdict::mismatch);  // not the leaf
}

TEST(DaneMatch, TakesAnAuthorityThatWasSentAndANameThatIsAllowed)
{
    Chain chain;
    EXPECT_EQ(match({record_for(2, 1, 1, chain.middle)}, chain.sent), Verdict::ta);
    EXPECT_EQ(match({record_for(2, 0, 1, chain.root)}, chain.sent), Verdict::mismatch);  // not sent
    chain.sent.push_back(chain.root);
    EXPECT_EQ(match({record_for(2, 0, 1, chain.root)}, chain.sent), Verdict::ta);
    EXPECT_EQ(match({record_for(2, 0, 1, chain.root)}, chain.sent, {"acme.test"}), Verdict::mismatch);
    EXPECT_EQ(match({record_for(2, 0, 1, chain.root)}, chain.sent, {"acme.test", "mx.acme.test"}), Verdict::ta);
}

TEST(DaneMatch, TakesAnAuthorityThatStandsWholeInTheRecord)
{
    const Chain chain;
    EXPECT_EQ(match({record_for(2, 0, 0, chain.root)}, chain.sent), Verdict::ta);
    EXPECT_EQ(match({record_for(2, 0, 0, Chain().root)}, chain.sent), Verdict::mismatch);
}

TEST(DaneMatch, ChecksTheDatesBelowADaneTaRecord)
{
    crypto::CertificateOrder expired = order_for("mx.acme.test");
    expired.not_after = now - std::chrono::hours(1);
    const Chain chain(expired);
    EXPECT_EQ(match({record_for(2, 1, 1, chain.middle)}, chain.sent), Verdict::mismatch);
}

TEST(DaneMatch, DoesNotTakeAnAuthorityThatDidNotSignTheLeaf)
{
    Chain chain;
    const Chain other;
    chain.sent.push_back(other.root);  // anybody can send a certificate that the record names
    EXPECT_EQ(match({record_for(2, 0, 1, other.root)}, chain.sent), Verdict::mismatch);
}

TEST(DaneMatch, TriesOnlySoManyAuthorities)
{
    const auto match_behind = [](int strangers) {
        Chain chain;
        std::vector<TlsaRecord> records;
        for (int i = 0; i < strangers; ++i) {
            chain.sent.push_back(Chain().root);
            records.push_back(record_for(2, 0, 1, chain.sent.back()));
        }
        records.push_back(record_for(2, 0, 1, chain.middle));
        return match(records, chain.sent);
    };
    EXPECT_EQ(match_behind(7), Verdict::ta);
    EXPECT_EQ(match_behind(8), Verdict::mismatch);
}

TEST(DaneMatch, LetsTheStrongestDigestCount)
{
    const Chain chain;
    const Chain other;
    EXPECT_EQ(match({record_for(3, 1, 1, chain.leaf), record_for(3, 1, 2, other.leaf)}, chain.sent), Verdict::mismatch);
    EXPECT_EQ(match({record_for(3, 1, 1, chain.leaf), record_for(3, 0, 2, other.leaf)}, chain.sent), Verdict::ee);
    EXPECT_EQ(match({}, chain.sent), Verdict::mismatch);
    EXPECT_EQ(match({record_for(3, 1, 1, chain.leaf)}, {}), Verdict::mismatch);
}

// What DNS says about mx.acme.test.
TlsaSet find(std::string zone)
{
    dns::CannedResolver resolver(zone);
    TlsaSet set;
    async::run_here([&]() -> Task<void> {
        const Deadline soon = Deadline::after(std::chrono::seconds(5));
        dns::Addresses addresses = co_await dns::find_addresses(resolver, "mx.acme.test", soon);
        TlsaSet found = co_await find_tlsa(resolver, "mx.acme.test", 25, addresses, soon);
        set = std::move(found);
    });
    return set;
}

const std::string digest(64, 'a');
const std::string secure_host = "mx.acme.test A 127.0.0.1\nmx.acme.test SECURE\n";

TEST(FindTlsa, NeedsAnswersThatAreValidatedAllTheWay)
{
    const std::string records = "_25._tcp.mx.acme.test TLSA 3 1 1 " + digest + "\n";
    const std::string secure_records = records + "_25._tcp.mx.acme.test SECURE\n";
    const TlsaSet found = find(secure_host + secure_records);
    EXPECT_EQ(found.status, Status::usable);
    EXPECT_EQ(found.base, "mx.acme.test");
    EXPECT_EQ(found.usable().size(), 1U);
    EXPECT_EQ(find(secure_host + records).status, Status::insecure);
    EXPECT_EQ(find("mx.acme.test A 127.0.0.1\n" + secure_records).status, Status::insecure);
}

TEST(FindTlsa, SaysWhenWhatIsInsecureCouldNotBeValidatedForTheMoment)
{
    const std::string owner = "_25._tcp.mx.acme.test";
    EXPECT_FALSE(find("mx.acme.test A 127.0.0.1\n").unvalidated);
    EXPECT_TRUE(find("mx.acme.test A 127.0.0.1\nmx.acme.test UNVALIDATED\n").unvalidated);
    EXPECT_TRUE(find(secure_host + owner + " TLSA 3 1 1 " + digest + "\n" + owner + " UNVALIDATED\n").unvalidated);
    EXPECT_FALSE(find(secure_host + owner + " SECURE\n").unvalidated);
}

TEST(FindTlsa, TellsNoneFromUnusableFromFailed)
{
    EXPECT_EQ(find(secure_host + "_25._tcp.mx.acme.test SECURE\n").status, Status::none);
    EXPECT_EQ(find(secure_host + "_25._tcp.mx.acme.test SECURE\n_25._tcp.mx.acme.test TLSA 1 1 1 " + digest + "\n").status,
              Status::unusable);
    EXPECT_EQ(find(secure_host + "_25._tcp.mx.acme.test TLSA TEMPORARY\n").status, Status::failed);
}

TEST(FindTlsa, IsNotTalkedOutOfDaneByAFailingLookupOfOneAddressFamily)
{
    EXPECT_EQ(find(secure_host + "mx.acme.test AAAA TEMPORARY\n").status, Status::failed);
}

TEST(FindTlsa, TellsRecordsThatFailFromAWayToThemThatFails)
{
    EXPECT_TRUE(find(secure_host + "_25._tcp.mx.acme.test TLSA TEMPORARY\n").records_failed);
    EXPECT_FALSE(find(secure_host + "_25._tcp.mx.acme.test SECURE\n").records_failed);
    EXPECT_FALSE(find(secure_host + "mx.acme.test AAAA TEMPORARY\n").records_failed);
}

TEST(FindTlsa, LooksWhereAnAliasLeadsFirstAndThenAtItsOwnName)
{
    const std::string alias = "mx.acme.test CNAME real.acme.test\nmx.acme.test SECURE\nreal.acme.test A 127.0.0.1\n";
    const std::string secure_target = "real.acme.test SECURE\n_25._tcp.real.acme.test SECURE\n";
    const std::string target_records = "_25._tcp.real.acme.test TLSA 3 1 1 " + digest + "\n";
    const std::string own_records = "_25._tcp.mx.acme.test TLSA 3 1 1 " + digest + "\n_25._tcp.mx.acme.test SECURE\n";
    EXPECT_EQ(find(alias + secure_target + target_records + own_records).base, "real.acme.test");
    EXPECT_EQ(find(alias + secure_target + own_records).base, "mx.acme.test");
    EXPECT_EQ(find(alias + own_records).base, "mx.acme.test");  // the target is insecure, the alias is not
    const std::string insecure_alias = "mx.acme.test CNAME real.acme.test\nreal.acme.test A 127.0.0.1\n";
    EXPECT_EQ(find(insecure_alias + own_records).status, Status::insecure);
}

// RFC 7672 §3.2.2.
TEST(DaneNames, AreTheBaseTheHostAndTheDomainEachOnce)
{
    EXPECT_EQ(dane_names("base.test", "mx.test", "acme.test"), (std::vector<std::string>{"base.test", "mx.test", "acme.test"}));
    EXPECT_EQ(dane_names("mx.test", "mx.test", ""), std::vector<std::string>{"mx.test"}) << "a route's host is nobody's MX";
}

}  // namespace
}  // namespace sealpost::route
