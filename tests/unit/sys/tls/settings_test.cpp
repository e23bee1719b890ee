#include "sys/tls/settings.hpp"
#include "sys/tls/memory_handshake.hpp"
#include "sys/tls/tls_world.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace sealpost::tls {
namespace {

// The TLS 1.2 ciphers that a context really takes, in its order.
std::string ciphers_of(SSL_CTX* context)
{
    std::string list;
    STACK_OF(SSL_CIPHER)* ciphers = SSL_CTX_get_ciphers(context);
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
        const std::string name = SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i));
        if (name.starts_with("TLS_")) continue;
        list += (list.empty() ? "" : ":") + name;
    }
    return list;
}

TEST(Settings, AreThoseOfTheCheckedInText)
{
    const std::ifstream file(std::string(SEALPOST_SOURCE_DIR) + "/doc/spec/tls-settings.txt");
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(describe_settings(all_terms()), text.str()) << "sealpost tls settings > doc/spec/tls-settings.txt";
}

TEST(Settings, AreFoundByTheirNames)
{
    for (const SettingsTerms& terms : all_terms()) {
        EXPECT_EQ(parse_settings(format_settings(terms.settings)), terms.settings);
        EXPECT_EQ(terms_of(terms.settings).settings, terms.settings);
    }
    EXPECT_FALSE(parse_settings("old").has_value());
}

TEST(Settings, AreWhatContextsTake)
{
    for (const SettingsTerms& terms : all_terms()) {
        ServerOptions options;
        options.settings = terms.settings;
        const auto listener = world().mx_server(options);
        SSL_CTX* server = listener->handle();
        EXPECT_EQ(SSL_CTX_get_min_proto_version(server), openssl_version(terms.least));
        EXPECT_EQ(SSL_CTX_get_max_proto_version(server), openssl_version(terms.most));
        const auto client = ClientContext::make({.settings = terms.settings, .trust = world().trust(), .identity = {}}).value();
        EXPECT_EQ(SSL_CTX_get_min_proto_version(client->handle()), openssl_version(terms.least));
        if (terms.ciphers.empty()) continue;
        EXPECT_EQ(ciphers_of(server), listener_ciphers(terms));
        EXPECT_EQ(ciphers_of(client->handle()), delivery_ciphers(terms));
    }
}

TEST(Settings, NeverGoBelowTls12)
{
    for (const SettingsTerms& terms : all_terms()) {
        EXPECT_GE(terms.least, Version::tls1_2);
        ServerOptions options;
        options.settings = terms.settings;
        MemoryHandshake old(world().mx_server(options),
                            {.server_name = "mx.acme.test", .alpn = {}, .signature_algorithms = {}, .most = Version::tls1_1});
        EXPECT_FALSE(old.shake());
    }
}

TEST(Settings, ModernRefusesTls12)
{
    ServerOptions options;
    options.settings = Settings::modern;
    const auto context = world().mx_server(options);
    MemoryHandshake older(context,
                          {.server_name = "mx.acme.test", .alpn = {}, .signature_algorithms = {}, .most = Version::tls1_2});
    EXPECT_FALSE(older.shake());
    EXPECT_EQ(older.alert(), SSL_AD_PROTOCOL_VERSION);
    MemoryHandshake newer(context, {.server_name = "mx.acme.test", .alpn = {}, .signature_algorithms = {}});
    EXPECT_TRUE(newer.shake());
    EXPECT_STREQ(SSL_get_version(newer.client()), "TLSv1.3");
}

}  // namespace
}  // namespace sealpost::tls
