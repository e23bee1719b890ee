#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "sys/crypto/x509.hpp"
#include "sys/dns/resolver.hpp"

namespace sealpost::route {

// RFC 6698 §2.1.
struct TlsaRecord {
    std::uint8_t usage = 0;     // 2: DANE-TA, 3: DANE-EE
    std::uint8_t selector = 0;  // 0: the certificate, 1: its public key
    std::uint8_t matching = 0;  // 0: the data itself, 1: its SHA-256, 2: its SHA-512
    Bytes data;
    friend bool operator==(const TlsaRecord&, const TlsaRecord&) = default;
};
[[nodiscard]] std::optional<TlsaRecord> parse_tlsa(std::string_view text);  // "3 1 1 ab12…"
[[nodiscard]] std::string format_tlsa(const TlsaRecord& record);
// RFC 7672 §3.1: for SMTP, usages 2 and 3 only, and what we can compute.
[[nodiscard]] bool is_usable(const TlsaRecord& record);

// What DANE says about one mail host (doc/spec/delivery-tls.md).
struct TlsaSet {
    enum class Status {
        insecure,  // some answer on the way was not validated: DANE does not apply
        none,      // validated: there are no records
        unusable,  // records, none of which we can use: TLS is mandatory, its certificate is not judged
        usable,
        failed,  // could not be found out: the host is not to be used (RFC 7672 §2.1.2)
    };
    Status status = Status::failed;
    bool unvalidated = false;         // with insecure: some answer could not be validated for the moment
    std::string base;                 // the TLSA base domain, when there are records
    std::vector<TlsaRecord> records;  // all of them
    std::string problem;              // with failed: one line
    bool records_failed = false;      // with failed: of the records themselves, not of the way to them

    [[nodiscard]] bool demands_tls() const { return status == Status::usable || status == Status::unusable; }
    [[nodiscard]] std::vector<TlsaRecord> usable() const;
};
[[nodiscard]] std::string_view format_status(TlsaSet::Status status);

// `addresses` is what find_addresses said of the host; the host's own name must be trusted by the caller (its MX
// answer was secure, or a route names it). RFC 7672 §2.2.2.
Task<TlsaSet> find_tlsa(dns::Resolver& resolver, std::string host, std::uint16_t port, dns::Addresses addresses,
                        Deadline deadline);

struct DaneMatch {
    enum class Verdict { mismatch, ee, ta };
    Verdict verdict = Verdict::mismatch;
    std::string problem;  // with mismatch

    [[nodiscard]] bool matched() const { return verdict != Verdict::mismatch; }
};
// `records` are usable ones; `names` are those of which the leaf must bear one where a DANE-TA record decides.
[[nodiscard]] DaneMatch match_tlsa(const std::vector<TlsaRecord>& records, std::span<const crypto::Certificate> chain,
                                   const std::vector<std::string>& names, WallTime now);

// RFC 7672 §3.2.2, the reference identifiers: the TLSA base domain, the MX host as written, and the domain that the
// mail is for; each once, and what is empty left out.
[[nodiscard]] std::vector<std::string> dane_names(const std::string& base, const std::string& host, const std::string& domain);

}  // namespace sealpost::route
