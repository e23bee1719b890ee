#include "sys/crypto/ocsp.hpp"
#include "vectors.hpp"

#include <gtest/gtest.h>

namespace sealpost::crypto {
namespace {

std::string read_vector(const std::string& name)
{
    return test::read_all(std::string(SEALPOST_SOURCE_DIR) + "/tests/vectors/certificates/" + name);
}

Certificate certificate(const std::string& name) { return Certificate::parse_pem(read_vector(name)).value(); }

// The vectors were signed on 2026-11-26 and are good for a week.
StapledStatus status_of(const std::string& bytes, const std::string& day = "2026-11-28")
{
    const auto trust = TrustStore::make({.system = false, .pem_texts = {read_vector("root.pem")}}).value();
    const std::vector<Certificate> chain{certificate("server.pem"), certificate("issuing.pem")};
    return check_stapled(as_bytes(bytes), chain, *trust, parse_rfc3339(day + "T12:00:00Z").value()).status;
}

StapledStatus status_of_file(const std::string& name, const std::string& day = "2026-11-28")
{
    return status_of(read_vector(name), day);
}

TEST(StapledAnswer, TellsWhatTheAuthoritySays)
{
    EXPECT_EQ(status_of_file("good.ocsp"), StapledStatus::good);
    EXPECT_EQ(status_of_file("good-by-responder.ocsp"), StapledStatus::good);
    EXPECT_EQ(status_of_file("revoked.ocsp"), StapledStatus::revoked);
    EXPECT_EQ(status_of_file("unknown.ocsp"), StapledStatus::unknown);
    EXPECT_EQ(status_of(""), StapledStatus::none);
}

TEST(StapledAnswer, IsGoodInItsTimeOnlyButARevocationForEver)
{
    EXPECT_EQ(status_of_file("good.ocsp", "2026-12-10"), StapledStatus::stale);
    EXPECT_EQ(status_of_file("good.ocsp", "2026-11-20"), StapledStatus::stale);
    EXPECT_EQ(status_of_file("revoked.ocsp", "2027-12-10"), StapledStatus::revoked);
}

TEST(StapledAnswer, CountsOnlyFromTheAuthorityAndForThisCertificate)
{
    EXPECT_EQ(status_of_file("by-stranger.ocsp"), StapledStatus::unverifiable);
    EXPECT_EQ(status_of_file("by-other-server.ocsp"), StapledStatus::unverifiable);
    EXPECT_EQ(status_of_file("of-another.ocsp"), StapledStatus::unverifiable);
    EXPECT_EQ(status_of("nonsense"), StapledStatus::unverifiable);
    EXPECT_EQ(status_of(std::string("\x30\x03\x0a\x01\x03", 5)), StapledStatus::unverifiable);  // "try later"
    EXPECT_EQ(status_of(std::string(max_ocsp_bytes + 1, 'x')), StapledStatus::unverifiable);
}

TEST(StapledAnswer, IsMissedWhereTheCertificatePromisesOne)
{
    EXPECT_TRUE(promises_staple(certificate("staple.pem")));
    EXPECT_FALSE(promises_staple(certificate("server.pem")));
    const auto trust = TrustStore::make({.system = false, .pem_texts = {}}).value();
    const std::vector<Certificate> chain{certificate("staple.pem")};
    const StapledCheck check = check_stapled({}, chain, *trust, SystemClock().now());
    EXPECT_EQ(check.status, StapledStatus::none);
    EXPECT_FALSE(check.detail.empty());
}

}  // namespace
}  // namespace sealpost::crypto
