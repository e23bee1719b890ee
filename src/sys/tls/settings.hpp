#pragma once

#include "sys/tls/context.hpp"

#include <chrono>
#include <span>

namespace sealpost::tls {

// What a name of `Settings` stands for, in OpenSSL's words. Lists are in order of preference, joined by colons.
struct SettingsTerms {
    Settings settings{};
    std::string_view purpose;
    Version least{};
    Version most{};
    std::string_view suites;         // TLS 1.3
    std::string_view ciphers;        // TLS 1.2; empty where that is not spoken
    std::string_view older_ciphers;  // TLS 1.2, after those, in deliveries: weak is better than clear
    bool listeners_take_older = false;
    std::string_view groups;
    std::string_view signature_algorithms;
    int listener_level = 2;  // OpenSSL's security levels: 2 is 112 bits, 1 is 80 bits
    int delivery_level = 1;
};

[[nodiscard]] const SettingsTerms& terms_of(Settings settings);
[[nodiscard]] std::span<const SettingsTerms> all_terms();

// TLS 1.2, in OpenSSL's list form; empty for TLS 1.3 alone.
[[nodiscard]] std::string listener_ciphers(const SettingsTerms& terms);
[[nodiscard]] std::string delivery_ciphers(const SettingsTerms& terms);

// The same for all names: a listener's order of ciphers decides, and it gives this many tickets for resumption.
inline constexpr unsigned tickets_a_connection = 2;
inline constexpr std::chrono::hours ticket_lifetime{2};
inline constexpr std::chrono::hours ticket_key_period{12};  // tickets under the key before are taken, too

[[nodiscard]] std::string_view format_version(Version version);  // "1.2"

// doc/spec/tls-settings.txt is this text of all settings.
[[nodiscard]] std::string describe_settings(std::span<const SettingsTerms> which);

}  // namespace sealpost::tls
