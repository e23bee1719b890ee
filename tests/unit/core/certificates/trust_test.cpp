#include "core/certificates/trust.hpp"

#include "certificates_world.hpp"

namespace sealpost::certificates {
namespace {

struct TrustedAuthorities : CertificatesWorld {
    Result<std::shared_ptr<const crypto::TrustStore>> trust_in(const std::string& text)
    {
        write("bundle.pem", text);
        return load_trust(std::vector{folder_ / "bundle.pem"});
    }
};

TEST_F(TrustedAuthorities, AreReadFromABundleLargerThanAnyChain)
{
    const std::string bundle = std::string(crypto::max_chain_pem_bytes, '\n') + root_.certificate.to_pem();
    const auto trust = trust_in(bundle);
    ASSERT_TRUE(trust.has_value());
    const auto chain = crypto::parse_chain_pem(leaf() + intermediate()).value();
    EXPECT_TRUE(crypto::check_chain(chain, **trust, crypto::ChainUse::server, clock_.now()).verified());
}

TEST_F(TrustedAuthorities, AreNotReadWithoutALimit)
{
    const auto trust = trust_in(std::string(max_trust_bytes, '\n') + root_.certificate.to_pem());
    EXPECT_TRUE(trust.has_error());
}

TEST_F(TrustedAuthorities, AreThoseOfTheConfigurationAndThoseOfMoreFiles)
{
    auto sources = read_sources(config_).value();
    EXPECT_EQ(sources.pem_texts, std::vector{root_.certificate.to_pem()});
    EXPECT_FALSE(sources.system);
    ASSERT_TRUE(add_authorities(sources, std::vector{folder_ / "mx3.pem"}));
    EXPECT_EQ(sources.pem_texts.size(), 2U);
    EXPECT_TRUE(add_authorities(sources, std::vector{folder_ / "none.pem"}).has_error());
}

}  // namespace
}  // namespace sealpost::certificates
