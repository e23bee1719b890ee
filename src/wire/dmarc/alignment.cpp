// RFC 7489 §3.1 and §3.2: whose a name is, and whether two names belong together.
#include "base/text.hpp"
#include "wire/dmarc/dmarc.hpp"
#include "wire/mail/mailbox.hpp"

#include <libpsl.h>
#include <algorithm>

namespace sealpost::dmarc {
namespace {

// Read once; the system's list is newer than the library's own when the package "publicsuffix" was updated.
const psl_ctx_t* suffix_list()
{
    static const psl_ctx_t* const list = psl_latest(nullptr);
    return list != nullptr ? list : psl_builtin();
}

std::string normalise(std::string_view domain)
{
    if (domain.ends_with('.')) domain.remove_suffix(1);
    std::string name = ascii_lower(domain);
    if (std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) return name;
    const auto a_labels = mail::parse_domain(domain);
    return a_labels.has_value() ? *a_labels : name;
}

// Labels of visible ASCII, none of them empty: all else is nobody's, and no question for the list.
bool is_name(std::string_view name)
{
    constexpr std::size_t max_name_bytes = 253;  // RFC 1035 §2.3.4
    const auto is_visible = [](char c) { return c > 0x20 && c < 0x7f; };
    return !name.empty() && name.size() <= max_name_bytes && std::ranges::all_of(name, is_visible) && name.front() != '.' &&
           name.back() != '.' && name.find("..") == std::string_view::npos;
}

}  // namespace

std::string find_organisational_domain(std::string_view domain)
{
    std::string name = normalise(domain);
    if (!is_name(name)) return name;
    const char* registrable = psl_registrable_domain(suffix_list(), name.c_str());
    return registrable == nullptr ? name : std::string(registrable);
}

bool are_aligned(std::string_view author_domain, std::string_view other, Alignment alignment)
{
    const std::string author = normalise(author_domain), name = normalise(other);
    if (author.empty() || name.empty()) return false;
    if (author == name) return true;
    return alignment == Alignment::relaxed && find_organisational_domain(author) == find_organisational_domain(name);
}

}  // namespace sealpost::dmarc
