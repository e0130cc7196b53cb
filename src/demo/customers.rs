//! Who buys: made-up people, the same in the shop and in its history.

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// As the shop's own database would know them.
    pub id: String,
    pub name: String,
    pub email: String,
    pub city: &'static str,
}

/// How many there are: as many as names.
pub const CUSTOMERS: usize = FIRST.len() * LAST.len();

/// How many can sign in at the shop's login page; they are among the customers who have bought most.
pub const REGULARS: usize = 4;

const FIRST_ID: usize = 1001;

const FIRST: [&str; 24] = [
    "Ada", "Bruno", "Clara", "Dmitri", "Elif", "Finn", "Greta", "Hugo", "Ines", "Jonas", "Katia", "Luca", "Mira",
    "Noah", "Olga", "Pablo", "Quynh", "Rosa", "Samir", "Tove", "Uma", "Viktor", "Wanda", "Yusuf",
];

const LAST: [&str; 18] = [
    "Lindqvist",
    "Moreau",
    "Okafor",
    "Brandt",
    "Silva",
    "Novak",
    "Hughes",
    "Keller",
    "Demir",
    "Rossi",
    "Petrova",
    "Vega",
    "Larsen",
    "Dubois",
    "Ito",
    "Walsh",
    "Costa",
    "Berg",
];

const CITIES: [&str; 8] = ["Bergen", "Porto", "Lyon", "Hamburg", "Leeds", "Graz", "Gdansk", "Turin"];

/// The customer of a number below [`CUSTOMERS`]; larger numbers begin again.
#[must_use]
pub fn customer(number: usize) -> Customer {
    let number = number % CUSTOMERS;
    let (first, last) = (FIRST[number % FIRST.len()], LAST[(number / FIRST.len() + number) % LAST.len()]);
    Customer {
        id: format!("c-{}", FIRST_ID + number),
        name: format!("{first} {last}"),
        email: format!("{}.{}@example.com", first.to_lowercase(), last.to_lowercase()),
        city: CITIES[number % CITIES.len()],
    }
}

/// The customer of an id.
#[must_use]
pub fn by_id(id: &str) -> Option<Customer> {
    let number = id.strip_prefix("c-")?.parse::<usize>().ok()?.checked_sub(FIRST_ID)?;
    (number < CUSTOMERS).then(|| customer(number)).filter(|customer| customer.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nobody_is_somebody_else() {
        let all: HashSet<_> = (0..CUSTOMERS).map(|number| customer(number).email).collect();
        assert_eq!(all.len(), CUSTOMERS);
    }

    #[test]
    fn an_id_leads_to_its_customer_and_to_nobody_else() {
        assert_eq!(by_id("c-1005"), Some(customer(4)));
        for unknown in ["c-1", "c-01005", "c-+1005", "1005", "", "c-99999999999999999999"] {
            assert_eq!(by_id(unknown), None, "{unknown}");
        }
    }
}
