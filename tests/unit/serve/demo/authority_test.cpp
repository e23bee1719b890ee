#include "serve/demo/authority.hpp"

#include "sys/crypto/x509_check.hpp"
#include "sys/tls/context.hpp"

#include <gtest/gtest.h>

namespace sealpost::demo {
namespace {

const WallTime now = parse_rfc3339("2026-11-22T08:00:00Z").value();

crypto::ChainProblem check(const std::vector<crypto::Certificate>& chain, const std::string& root)
{
    crypto::TrustStore::Sources sources;
    sources.system = false;
    if (!root.empty()) sources.pem_texts = {root};
    const auto trust = crypto::TrustStore::make(sources).value();
    return crypto::check_chain(chain, *trust, crypto::ChainUse::server, now).problem;
}

TEST(Authority, IssuesChainsThatItsRootVouchesFor)
{
    const auto authority = Authority::make(now).value();
    const auto files = authority.issue("keys.test", {"localhost"}).value();
    const auto pair = tls::parse_key_pair(files.chain_pem, files.key_pem).value();
    ASSERT_EQ(pair.chain.size(), 2U) << "leaf and intermediate";
    EXPECT_EQ(check(pair.chain, authority.root_pem()), crypto::ChainProblem::none);
    EXPECT_TRUE(pair.chain[0].names("keys.test"));
    EXPECT_TRUE(pair.chain[0].names("localhost"));
    EXPECT_EQ(check({pair.chain[0]}, authority.root_pem()), crypto::ChainProblem::missing_intermediate)
        << "the story's first mistake";
    const auto other = Authority::make(now).value();
    EXPECT_NE(check(pair.chain, other.root_pem()), crypto::ChainProblem::none);
}

TEST(Authority, MakesADemoCertificateThatNobodyVouchesFor)
{
    const auto authority = Authority::make(now).value();
    const auto files = Authority::make_self_signed("mx1.acme.test", now).value();
    const auto pair = tls::parse_key_pair(files.chain_pem, files.key_pem).value();
    EXPECT_TRUE(pair.chain.at(0).names("mx1.acme.test"));
    EXPECT_EQ(check(pair.chain, authority.root_pem()), crypto::ChainProblem::self_signed);
}

}  // namespace
}  // namespace sealpost::demo
