#include "core/revisions/references.hpp"

#include <algorithm>
#include <array>

namespace sealpost::revisions {
namespace {

// Which key of which section names a row of another one.
struct Reference {
    std::string_view named, section, key, prefix = {};
};

constexpr std::string_view list = "list:";
constexpr std::array<Reference, 12> references = {{
    {"mail_flow_policy", "sender_group", "policy"},
    {"bounce_profile", "mail_flow_policy", "bounce_profile"},
    {"bounce_profile", "listener_defaults", "bounce_profile"},
    {"bounce_profile", "destination", "bounce_profile"},
    {"encryption_profile", "encryption_rule", "profile"},
    {"address_list", "mail_flow_policy", "tls_mandatory_senders", list},
    {"address_list", "mail_flow_policy", "sender_limit_exempt", list},
    {"address_list", "listener_defaults", "tls_mandatory_senders", list},
    {"address_list", "listener_defaults", "sender_limit_exempt", list},
    {"address_list", "exception", "address", list},
    {"address_list", "encryption_rule", "sender", list},
    {"address_list", "encryption_rule", "recipient", list},
}};

}  // namespace

config::Checked<> rename_references(DocumentText& document, std::string_view section, const std::string& from,
                                    const std::string& to)
{
    for (const auto& reference : references) {
        if (reference.named != section) continue;
        // A name that is not found there would go on to mean what is predefined, or nothing.
        if (const auto checked = document.check_editable(reference.section); checked.has_error()) return checked.error();
        const std::string prefix(reference.prefix);
        for (const auto index : document.list_rows(reference.section))
            replace_text(document.at(index), reference.key, prefix + from, prefix + to);
    }
    return {};
}

bool has_references(const PolicyText& text, std::string_view section, std::string_view name)
{
    return std::ranges::any_of(references, [&](const Reference& reference) {
        if (reference.named != section) return false;
        const auto wanted = std::string(reference.prefix) + std::string(name);
        return std::ranges::any_of(text.rows(reference.section), [&](const PolicyText::Row& row) {
            const auto* value = row.table->find(reference.key);
            if (value == nullptr) return false;
            return value->text == wanted ||
                   std::ranges::any_of(value->items, [&](const auto& item) { return item.text == wanted; });
        });
    });
}

}  // namespace sealpost::revisions
