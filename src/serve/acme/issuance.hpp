#pragma once

#include "serve/acme/answers.hpp"
#include "serve/acme/conversation.hpp"
#include "sys/async/blocking_pool.hpp"

namespace sealpost::acme {

struct Wanted {
    std::vector<std::string> names;
    std::string key_type;   // "ecdsa" or "rsa"
    std::string challenge;  // "http-01" or "tls-alpn-01"
};

struct Issued {
    std::string chain_pem;  // as the authority sent it, leaf first, nothing else
    Secret key_pem;
    crypto::Certificate leaf;
};

// One order from beginning to end (RFC 8555 §7.4): challenges, finalization, the chain; checked.
class Issuance {
public:
    struct Parts {
        Conversation* conversation = nullptr;  // open, with an account; outlives it
        std::shared_ptr<Answers> answers;
        async::BlockingPool* pool = nullptr;
    };
    Issuance(Parts parts, Wanted wanted) : parts_(std::move(parts)), wanted_(std::move(wanted)) {}

    Task<Tried<Issued>> run();

private:
    Task<Tried<>> prove(std::string authorization_url);
    Task<Tried<>> answer_challenge(Authorization authorization, Challenge challenge, std::string authorization_url);
    Task<Tried<>> wait_until_proven(std::string authorization_url);
    // Until the order is none of pending, ready (when `past_ready`) and processing.
    Task<Tried<Order>> wait_for_order(std::string url, bool past_ready);
    Task<Tried<Issued>> fetch(std::string certificate_url, crypto::PrivateKey key);
    Tried<Issued> check_chain(const std::string& text, crypto::PrivateKey key) const;
    [[nodiscard]] std::string key_authorization(const Challenge& challenge) const;

    Parts parts_;
    Wanted wanted_;
};

// The names of two lists are the same ones, in whatever order and case.
[[nodiscard]] bool are_same_names(std::vector<std::string> a, std::vector<std::string> b);

}  // namespace sealpost::acme
