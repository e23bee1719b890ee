// acme (serve): has certificates issued and renewed by ACME authorities (doc/spec/acme.md): accounts, orders,
// challenges and the responder that answers them, and the plan of when to ask. It does not know where certificates are
// kept: installing one is a function that the node hands in. Runs as one task of the node (Renewer); what
// responders present and what administrators ask for comes from any thread. A try that fails is a Failure,
// noted in a state file and in the log; the installed certificate stays.
#pragma once

#include "base/clock.hpp"
#include "serve/acme/failure.hpp"
#include "sys/http/client.hpp"
#include "sys/log/log.hpp"
#include "wire/acme/documents.hpp"
#include "wire/acme/request.hpp"

#include <functional>

namespace sealpost::acme {

// One HTTP request to the authority and its answer, of whatever status.
using Send = std::function<Task<Result<http::ClientResponse>>(http::ClientRequest, Deadline)>;

// Signed requests to one authority, one after the other, for the time of one try.
class Conversation {
public:
    struct Parts {
        Send send;
        const Clock* clock = nullptr;
        log::Log log = log::Log::silent();
    };
    struct Account {
        std::shared_ptr<const AccountKey> key;
        std::string url;  // empty: none yet
    };
    Conversation(Parts parts, Account account, Deadline deadline)
        : parts_(std::move(parts)), account_(std::move(account)), deadline_(deadline)
    {
    }

    struct Answer {
        std::string body;
        std::string location;  // may be empty
        std::optional<std::chrono::seconds> retry_after;
    };

    Task<Tried<>> open(std::string directory_url);
    // Makes the account, or finds the one that the key has already. Its URL from then on.
    Task<Tried<std::string>> register_account(std::string contact);
    // Status 200 or 201, or a Failure; badNonce is answered by asking again. An empty payload reads (POST-as-GET).
    Task<Tried<Answer>> post(std::string url, std::string payload);
    Task<Tried<Answer>> read(std::string url) { return post(std::move(url), ""); }

    [[nodiscard]] const Directory& directory() const { return directory_; }
    [[nodiscard]] const AccountKey& key() const { return *account_.key; }
    [[nodiscard]] const Clock& clock() const { return *parts_.clock; }
    [[nodiscard]] Deadline deadline() const { return deadline_; }

private:
    Task<Tried<http::ClientResponse>> ask(http::ClientRequest request);
    Task<Tried<>> fetch_nonce();
    Failure failure_of(const http::ClientResponse& response, const std::string& url) const;

    Parts parts_;
    Account account_;
    Deadline deadline_;
    Directory directory_;
    std::string nonce_;  // of the last answer; each is used once
};

}  // namespace sealpost::acme
