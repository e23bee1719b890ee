#include "serve/smtpd/mail_handler.hpp"

namespace sealpost::smtpd {

Task<smtp::Reply> MailHandler::hello(std::string, bool) { co_return smtp::Reply(250, "", "OK"); }

Task<void> MailHandler::tls_started(TlsFacts) { co_return; }

Task<smtp::Reply> MailHandler::authenticate(Credentials)
{
    co_return smtp::Reply(535, "5.7.8", "Authentication credentials invalid");
}

Task<smtp::Reply> MailHandler::data_begin() { co_return smtp::Reply(354, "", "Go ahead"); }

void MailHandler::refused(smtp::Refusal) {}

std::string MailHandler::transaction() const { return {}; }

}  // namespace sealpost::smtpd
