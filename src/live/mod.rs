//! What happens now, for those who watch: Hearth's own websocket, and Socket.IO as express-sequelize-traffic speaks it.
