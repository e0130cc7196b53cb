//! Who may use what lives under the mount path of express-sequelize-traffic.
