#include "serve/domaintests/json.hpp"

#include <gtest/gtest.h>

namespace sealpost::test {
namespace {

namespace json = boost::json;

TEST(DomainTestJson, MarksTheCertificateAtFault)
{
    const auto faulty = [](const std::string& verdict, json::array chain) {
        json::object host{{"verdict", verdict}, {"chain", std::move(chain)}};
        return domaintests::explain_host(host, Language::en, "2026-11-26T08:00:00.000Z").at("faulty");
    };
    const json::array chain{{{"not_after", "2027-01-01T00:00:00.000Z"}, {"key", "RSA 2048"}, {"signature_hash", "SHA256"}},
                            {{"not_after", "2026-01-01T00:00:00.000Z"}, {"key", "RSA 1024"}, {"signature_hash", "SHA1"}}};
    EXPECT_EQ(faulty("missing_intermediate", chain), 2);
    EXPECT_EQ(faulty("name_mismatch", chain), 0);
    EXPECT_EQ(faulty("expired", chain), 1);
    EXPECT_EQ(faulty("weak_key", chain), 1);
    EXPECT_EQ(faulty("weak_signature", chain), 1);
    EXPECT_EQ(faulty("untrusted_root", chain), 1);
    EXPECT_TRUE(faulty("no_starttls", chain).is_null());
    const auto with_keys = [](std::string_view first, std::string_view second) {
        return json::array{{{"key", first}}, {{"key", second}}};
    };
    EXPECT_EQ(faulty("weak_key", with_keys("RSA 16384", "RSA 768")), 1) << "by number, not by text";
    EXPECT_EQ(faulty("weak_key", with_keys("EC P-256", "RSA 1024")), 1);
    const json::object told{{"verdict", "ok"}, {"chain", chain}, {"faulty", 7}};
    EXPECT_TRUE(domaintests::explain_host(told, Language::en, "").at("faulty").is_null()) << "ours to say";
    EXPECT_TRUE(faulty("expired", {}).is_null());
    EXPECT_FALSE(domaintests::explain_host({{"verdict", "expired"}}, Language::fr, "").at("fix").as_string().empty());
    const auto fix_of = [](const json::object& host) {
        return std::string(domaintests::explain_host(host, Language::en, "").at("fix").as_string());
    };
    EXPECT_NE(fix_of({{"verdict", "unreachable"}}).find("firewall"), std::string::npos);
    EXPECT_NE(fix_of({{"verdict", "unreachable"}, {"asked", false}}).find("delivery.source_address"), std::string::npos)
        << "a fault of ours blames nobody else";
    EXPECT_NE(fix_of({{"verdict", "unreachable"}, {"asked", false}, {"left_out", true}}).find("fewer"), std::string::npos);
}

}  // namespace
}  // namespace sealpost::test
