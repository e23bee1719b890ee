#include "wire/mail/author.hpp"

#include "wire/mail/address_list.hpp"

#include <algorithm>

namespace sealpost::mail {

Author find_author_domain(const HeaderBlock& head)
{
    Author author;
    const auto fields = head.find_all("From");
    if (fields.empty()) return author;
    if (fields.size() > 1) return {Author::State::repeated, {}};
    const auto list = parse_whole_address_list(fields.front());
    if (list.has_error()) return {Author::State::unusable, {}};
    for (const NamedMailbox& address : *list) {
        const std::string& domain = address.mailbox.domain;
        if (domain.empty() || address.mailbox.is_literal() || std::ranges::find(author.domains, domain) != author.domains.end())
            continue;
        if (author.domains.size() == max_author_domains) return {Author::State::unusable, {}};
        author.domains.push_back(domain);
    }
    if (!author.domains.empty()) author.state = author.domains.size() == 1 ? Author::State::one : Author::State::several;
    return author;
}

}  // namespace sealpost::mail
