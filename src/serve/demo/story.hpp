#pragma once

#include "serve/demo/browser.hpp"
#include "serve/demo/world.hpp"

#include <set>
#include <string>

namespace sealpost::demo {

// A message with one attachment, as its reader gets to see it.
struct Letter {
    std::string from;
    std::string subject;
    std::string attachment;  // octets
    std::string raw;
};

// An opened envelope: its reader's session and what it needs to answer.
struct Opened {
    std::string ref;
    Letter letter;
};

// The acts of the story, each as its person would do it with an SMTP client and a browser; every one
// checks what it can and answers what it saw. Blocks.
class Story {
public:
    static Result<std::unique_ptr<Story>> begin(World& world);

    // Alice sends a message through acme's submission listener, with TLS and her password.
    Result<> send_as_alice(const std::string& subject, const std::string& attachment);
    // The next new message of a mailbox.
    Result<StoredMail> wait_for_mail(std::string_view address);
    // Reads a message that came in clear form.
    Result<Letter> read_letter(const StoredMail& mail);
    // Opens the envelope that a notification carries: by its attachment, with the code that comes by mail.
    Result<Opened> open_envelope(Browser& browser, const StoredMail& notification, std::string_view address);
    Result<> reply(Browser& browser, const std::string& ref, const std::string& attachment);

    [[nodiscard]] Browser new_browser();
    Result<> sign_in_administrator(Browser& browser);
    // Runs the domain test of acme.test and switches; denied when the test is not passed.
    Result<> switch_tls_replies(Browser& browser, bool on, const std::string& on_failure);
    // The delivery of a reply that is not among the known ones, once it has left the state "queued".
    Result<boost::json::object> wait_for_delivery(Browser& browser, const std::set<std::string>& known);
    Result<std::set<std::string>> list_deliveries(Browser& browser);  // their ids

private:
    explicit Story(World& world) : world_(world) {}
    Result<std::string> find_page(const StoredMail& mail);
    Result<> prove_address(Browser& browser, const std::string& ref, std::string_view address);

    World& world_;
    std::shared_ptr<dns::Resolver> resolver_;
    std::shared_ptr<const tls::ClientContext> trust_;
    std::shared_ptr<http::HttpClient> client_;
    std::map<std::string, int> seen_;  // messages of each mailbox
};

}  // namespace sealpost::demo
