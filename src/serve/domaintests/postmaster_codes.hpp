#pragma once

#include "core/domains/domains.hpp"
#include "core/people/people.hpp"
#include "sys/http/respond.hpp"

#include <boost/json/object.hpp>

namespace sealpost::domaintests {

// What a mail to a postmaster says; the node mails it over the service's queue.
struct PostmasterMail {
    std::string address;  // postmaster@acme.test
    std::string domain;
    std::string language;  // "en", "fr"
    Secret code;           // eight digits
    std::string reference;
};
using PostmasterMailer = std::function<Task<Result<>>(PostmasterMail mail)>;

// Codes to postmasters by HTTP, for the portal and the public page: sent and checked within the limits of
// doc/spec/domains.md.
class PostmasterCodes {
public:
    struct Parts {
        std::shared_ptr<people::People> people;  // its Guard
        std::shared_ptr<domains::Domains> domains;
        PostmasterMailer mail;
    };
    explicit PostmasterCodes(Parts parts) : parts_(std::move(parts)) {}

    struct Order {
        std::string domain;
        domains::Claimant claimant;
        domains::Doer doer;
        std::string language;
    };
    // {"sent_to","reference","expires_at"}
    Task<http::Checked<boost::json::object>> mail(Order order) const;
    // wrong-code and expired-code are 403.
    Task<http::Checked<void>> check(Order order, Secret code) const;

private:
    Parts parts_;
};

}  // namespace sealpost::domaintests
