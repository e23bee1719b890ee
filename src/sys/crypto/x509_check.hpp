// Is a chain as the peer sent it one that we trust, and if not, what exactly is wrong with it?
// The same check serves TLS connections, the domain TLS test and `cert verify`.
#pragma once

#include "sys/crypto/x509.hpp"

struct x509_store_st;

namespace sealpost::crypto {

// The certificates that trust starts from. Immutable, shared by threads.
class TrustStore {
public:
    struct Sources {
        bool system = true;                  // the machine's own list
        std::vector<std::string> pem_texts;  // further authorities
    };
    [[nodiscard]] static Result<std::shared_ptr<const TrustStore>> make(const Sources& sources);

    [[nodiscard]] x509_store_st* handle() const { return store_.get(); }
    // Does one of the trusted authorities carry this organization name (O)?
    [[nodiscard]] bool knows_organization(std::string_view organization) const;

private:
    explicit TrustStore(std::shared_ptr<x509_store_st> store) : store_(std::move(store)) {}
    std::shared_ptr<x509_store_st> store_;
};

enum class ChainProblem {
    none,
    no_certificate,
    self_signed,           // the leaf signed itself, and it is not trusted as such
    missing_intermediate,  // an issuer that was not sent leads to where trust starts
    untrusted_root,        // the chain is whole, and ends where no trust starts
    expired,
    not_yet_valid,
    weak_key,          // RSA below 2048 bits, EC below 224
    weak_signature,    // SHA-1, MD5
    not_for_this_use,  // not a server (client) certificate, or a CA bit is missing
    revoked,           // as its authority says in a stapled answer (ocsp.hpp)
    invalid,           // damaged, constraint violated: `detail` says what
};

[[nodiscard]] std::string_view format_chain_problem(ChainProblem problem);  // "missing_intermediate"; "ok" for none

struct ChainCheck {
    ChainProblem problem = ChainProblem::no_certificate;
    int code = 0;                    // OpenSSL's X509_V_ERR_*
    std::string detail;              // one line for people, naming the certificate at fault
    std::string missing_issuer;      // with missing_intermediate: its subject
    std::string missing_issuer_url;  // and where it can be had, when the certificate says so
    // Which certificate of the chain is at fault, from 0; its length: one behind the last, which was not sent. Absent where
    // none is.
    std::optional<std::size_t> at = {};

    [[nodiscard]] bool verified() const { return problem == ChainProblem::none; }
};

enum class ChainUse { server, client };

// `chain` as sent, leaf first. The host name is a matter of Certificate::names().
[[nodiscard]] ChainCheck check_chain(std::span<const Certificate> chain, const TrustStore& trust, ChainUse use, WallTime now);

// The first certificate that is too weak to be shown, whatever else is wrong with the chain: OpenSSL does not take it
// into a listener's context at security level 2. weak_key, weak_signature or none.
[[nodiscard]] ChainCheck find_weakness(std::span<const Certificate> chain);

}  // namespace sealpost::crypto
