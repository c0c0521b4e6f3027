#pragma once

#include "sheetbq/app/validation.hpp"
#include "target.hpp"

#include <map>
#include <string>

namespace sheetbq::helper {

/// Examines what configurations name: sheets, tabs, datasets, tables, rights. Each sheet and
/// dataset is asked for once.
class OnlineCheck {
public:
    explicit OnlineCheck(World& world);

    /// Adds what is found.
    void examine(app::Validation& validation);
    /// Who asked; runs may ask as somebody else.
    std::string account();

private:
    /// What was answered: a thing, or why there is none.
    template <class Thing>
    struct Known {
        std::optional<Thing> thing{};
        std::optional<Error> refusal{};
    };

    void examine_sheet(app::Validation& validation);
    void examine_destination(app::Validation& validation);
    void examine_table(app::Validation& validation);

    World& world_;
    app::Environment google_;
    etl::Services services_;
    std::map<std::string, Known<gcp::SpreadsheetInfo>> sheets_;
    std::map<std::string, Known<std::string>> datasets_;  ///< their locations
};

}  // namespace sheetbq::helper
