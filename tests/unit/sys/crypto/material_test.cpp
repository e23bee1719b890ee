#include "sys/crypto/material.hpp"
#include "vectors.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sealpost::crypto {
namespace {

std::string read_vector(const std::string& name)
{
    return test::read_all(std::string(SEALPOST_SOURCE_DIR) + "/tests/vectors/certificates/" + name);
}

MaterialResult<Material> read(const std::string& bytes, std::optional<std::string> password = std::nullopt)
{
    if (!password) return read_material(as_bytes(bytes));
    const Secret secret = Secret::copy_of(*password);
    return read_material(as_bytes(bytes), &secret);
}

MaterialResult<Material> read_file(const std::string& name, std::optional<std::string> password = std::nullopt)
{
    return read(read_vector(name), std::move(password));
}

Certificate certificate(const std::string& name) { return Certificate::parse_pem(read_vector(name)).value(); }
PrivateKey key(const std::string& name) { return PrivateKey::parse_pem(read_vector(name)).value(); }

std::vector<std::string> names_of(const std::vector<Certificate>& certificates)
{
    std::vector<std::string> names;
    for (const Certificate& one : certificates) names.push_back(one.common_name());
    return names;
}

using Names = std::vector<std::string>;
const Names whole{"mx.acme.test", "Test Issuing", "Test Root"};

TEST(ReadMaterial, UnderstandsEveryForm)
{
    struct Case {
        std::string file;
        std::optional<std::string> password;
        Names certificates;
        bool has_key;
    };
    const std::vector<Case> cases{
        {"server.pem", std::nullopt, {"mx.acme.test"}, false},
        {"server.der", std::nullopt, {"mx.acme.test"}, false},
        {"server.key", std::nullopt, {}, true},
        {"server.key", "not needed", {}, true},
        {"server-key.der", std::nullopt, {}, true},
        {"server-encrypted.key", "secret", {}, true},
        {"server-traditional.key", "secret", {}, true},
        {"server-scrypt.key", "secret", {}, true},
        {"bundle.p7b", std::nullopt, whole, false},
        {"bundle.p7c", std::nullopt, whole, false},
        {"modern.p12", "secret", whole, true},
        {"legacy.p12", "secret", whole, true},
        {"without-password.p12", std::nullopt, {"mx.acme.test"}, true},
        {"without-password.p12", "", {"mx.acme.test"}, true},
        {"with-bag-attributes.pem", std::nullopt, whole, true},
    };
    for (const Case& one : cases) {
        const auto found = read_file(one.file, one.password);
        ASSERT_TRUE(found.has_value()) << one.file << ": " << found.error().text;
        Names names = names_of(found->certificates);
        EXPECT_TRUE(std::ranges::is_permutation(names, one.certificates)) << one.file;
        EXPECT_EQ(found->key.has_value(), one.has_key) << one.file;
        if (found->key) {
            EXPECT_TRUE(found->key->belongs_to(certificate("server.pem"))) << one.file;
        }
    }
}

TEST(ReadMaterial, SaysWhatItRefuses)
{
    struct Case {
        std::string bytes;
        std::optional<std::string> password;
        MaterialProblem problem;
    };
    const std::string server = read_vector("server.pem");
    const std::string damaged = std::string(server).replace(server.size() / 2, 4, "!!!!");
    const std::vector<Case> cases{
        {"", std::nullopt, MaterialProblem::not_understood},
        {"hello", std::nullopt, MaterialProblem::not_understood},
        {std::string("\x30\x03\x02\x01\x01"), std::nullopt, MaterialProblem::not_understood},
        {read_vector("server.csr"), std::nullopt, MaterialProblem::not_understood},
        {damaged, std::nullopt, MaterialProblem::damaged},
        {server.substr(0, server.size() - 10), std::nullopt, MaterialProblem::damaged},
        {std::string(max_material_bytes + 1, ' '), std::nullopt, MaterialProblem::too_large},
        {read_vector("server-encrypted.key"), std::nullopt, MaterialProblem::password_needed},
        {read_vector("server-encrypted.key"), "wrong", MaterialProblem::wrong_password},
        {read_vector("server-traditional.key"), std::nullopt, MaterialProblem::password_needed},
        {read_vector("server-traditional.key"), "wrong", MaterialProblem::wrong_password},
        {read_vector("modern.p12"), std::nullopt, MaterialProblem::password_needed},
        {read_vector("modern.p12"), "wrong", MaterialProblem::wrong_password},
        {read_vector("legacy.p12"), "wrong", MaterialProblem::wrong_password},
        {read_vector("modern.p12"), std::string(max_password_bytes + 1, 'x'), MaterialProblem::wrong_password},
        {read_vector("many-rounds.p12"), "secret", MaterialProblem::unsupported_cipher},
        {read_vector("many-rounds-together.p12"), "secret", MaterialProblem::unsupported_cipher},
        {read_vector("heavy-scrypt.key"), "secret", MaterialProblem::unsupported_cipher},
        {"-----BEGIN NOTE-----\n" + server + "-----END NOTE-----\n" + read_vector("server.key"), std::nullopt,
         MaterialProblem::damaged},
        {"-----BEGIN PRIVATE KEY-----\n" + read_vector("server-encrypted.key") + "-----END PRIVATE KEY-----\n", "secret",
         MaterialProblem::damaged},
        {read_vector("server.key") + read_vector("other.key"), std::nullopt, MaterialProblem::two_keys},
    };
    for (const Case& one : cases) {
        const auto found = read(one.bytes, one.password);
        ASSERT_TRUE(found.has_error()) << static_cast<int>(one.problem);
        EXPECT_EQ(found.error().problem, one.problem) << found.error().text;
        EXPECT_EQ(found.error().fault, Fault::config);
    }
}

TEST(ReadMaterial, HasOneBudgetOfRoundsForAllThatIsGivenTogether)
{
    const std::string encrypted = read_vector("server-encrypted.key");  // 2048 rounds
    const Secret password = Secret::copy_of(std::string_view("secret"));
    DerivationBudget budget{.rounds = 3000};
    EXPECT_TRUE(read_material(as_bytes(encrypted), &password, budget).has_value());
    EXPECT_EQ(budget.rounds, 3000U - 2048U);
    EXPECT_EQ(read_material(as_bytes(encrypted), &password, budget).error().problem, MaterialProblem::unsupported_cipher);
}

TEST(ReadMaterial, ToleratesTextIndentationLineEndsAndDoubles)
{
    std::string text = "Here is your certificate:\r\n\r\n";
    for (const char c : read_vector("server.pem") + "and the issuer's\n" + read_vector("issuing.pem") + read_vector("server.pem"))
        text += c == '\n' ? std::string("\r\n    ") : std::string(1, c);
    text += read_vector("server.csr") + read_vector("server.key") + read_vector("server.key");
    const auto found = read(text);
    ASSERT_TRUE(found.has_value()) << found.error().text;
    EXPECT_EQ(names_of(found->certificates), (Names{"mx.acme.test", "Test Issuing"}));
    EXPECT_TRUE(found->key.has_value());
}

TEST(Arrange, PutsAnyOrderInOrderAndLeavesTheRootOut)
{
    std::vector<int> order{0, 1, 2};
    const std::vector<Certificate> all{certificate("server.pem"), certificate("issuing.pem"), certificate("root.pem")};
    const PrivateKey own = key("server.key");
    do {
        std::vector<Certificate> given;
        for (const int at : order) given.push_back(all[static_cast<std::size_t>(at)]);
        given.push_back(given.front());
        for (const PrivateKey* with : {&own, static_cast<const PrivateKey*>(nullptr)}) {
            const auto arranged = arrange(given, with);
            ASSERT_TRUE(arranged.has_value()) << arranged.error().text;
            EXPECT_EQ(names_of(arranged->chain), (Names{"mx.acme.test", "Test Issuing"}));
            EXPECT_EQ(names_of(arranged->roots), Names{"Test Root"});
            EXPECT_TRUE(arranged->unrelated.empty());
        }
    } while (std::ranges::next_permutation(order).found);
}

TEST(Arrange, NamesCertificatesThatDoNotBelongToTheChain)
{
    const PrivateKey own = key("server.key");
    const auto arranged = arrange({certificate("other.pem"), certificate("root.pem"), certificate("server.pem")}, &own);
    ASSERT_TRUE(arranged.has_value());
    EXPECT_EQ(names_of(arranged->chain), Names{"mx.acme.test"});
    EXPECT_EQ(names_of(arranged->unrelated), (Names{"other.test", "Test Root"}));
}

TEST(Arrange, SaysWhatItRefuses)
{
    const PrivateKey own = key("server.key");
    const auto refusal = [](std::vector<Certificate> certificates, const PrivateKey* with) {
        return arrange(std::move(certificates), with).error().problem;
    };
    EXPECT_EQ(refusal({}, &own), MaterialProblem::no_certificate);
    EXPECT_EQ(refusal({certificate("other.pem"), certificate("issuing.pem")}, &own), MaterialProblem::key_of_another);
    EXPECT_EQ(refusal({certificate("other.pem"), certificate("server.pem")}, nullptr), MaterialProblem::two_leaves);
    EXPECT_EQ(refusal({certificate("root.pem"), certificate("staple.pem"), certificate("server.pem")}, nullptr),
              MaterialProblem::two_leaves);
}

CertificateOrder order_for(const std::string& name, bool is_ca)
{
    const WallTime now = SystemClock().now();
    CertificateOrder order;
    order.subject = name;
    order.is_ca = is_ca;
    order.not_before = now - std::chrono::hours(1);
    order.not_after = now + std::chrono::hours(1);
    return order;
}

TEST(Arrange, TakesTheSuccessorOfASelfSignedCertificateWithTheSameKey)
{
    const PrivateKey authority = PrivateKey::make_ecdsa_p256().value();
    const Issuer issuer{make_certificate(order_for("Root", true), authority).value(), authority};
    const PrivateKey own = PrivateKey::make_ecdsa_p256().value();
    const Certificate demo = make_certificate(order_for("mx.acme.test", false), own).value();
    const Certificate proper = make_certificate(order_for("mx.acme.test", false), own, issuer).value();
    for (const PrivateKey* with : {&own, static_cast<const PrivateKey*>(nullptr)}) {
        const auto arranged = arrange({demo, proper}, with).value();
        EXPECT_EQ(arranged.chain, std::vector<Certificate>{proper});
        EXPECT_EQ(arranged.unrelated, std::vector<Certificate>{demo});
    }
    EXPECT_EQ(arrange({demo}, &own)->chain, std::vector<Certificate>{demo});
}

TEST(Arrange, SendsACrossSignedIntermediateRatherThanStopAtItsRoot)
{
    const PrivateKey old_key = PrivateKey::make_ecdsa_p256().value();
    const PrivateKey new_key = PrivateKey::make_ecdsa_p256().value();
    const Issuer old_root{make_certificate(order_for("Old Root", true), old_key).value(), old_key};
    const Issuer new_root{make_certificate(order_for("New Root", true), new_key).value(), new_key};
    const Certificate crossed = make_certificate(order_for("New Root", true), new_key, old_root).value();
    const PrivateKey own = PrivateKey::make_ecdsa_p256().value();
    const Certificate leaf = make_certificate(order_for("mx.acme.test", false), own, new_root).value();
    const auto arranged = arrange({new_root.certificate, old_root.certificate, crossed, leaf}, &own).value();
    EXPECT_EQ(arranged.chain, (std::vector<Certificate>{leaf, crossed}));
    EXPECT_EQ(arranged.roots.size(), 2U);
}

}  // namespace
}  // namespace sealpost::crypto
