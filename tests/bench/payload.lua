-- A request text of fixed length whose variable parts are patched in place before each send.
--
-- Building 26 KB of JSON per request would measure the load generator; writing some hundred digits into a buffer
-- does not. Ids are random hex digits, as a browser's are: counting ones would flatter an index.

local ffi = require "ffi"
local bit = require "bit"

local BATCHES_PER_SESSION = 20
local PAGES = 40
local UUID_FORM = "00000000-0000-4000-8000-000000000000"

-- Two characters at a time: halves the work of writing ids and numbers.
local HEX_PAIRS = ffi.new("uint16_t[256]")
local DECIMAL_PAIRS = ffi.new("uint16_t[100]")
for i = 0, 255 do ffi.copy(HEX_PAIRS + i, string.format("%02x", i), 2) end
for i = 0, 99 do ffi.copy(DECIMAL_PAIRS + i, string.format("%02d", i), 2) end

local pair_pointer = ffi.typeof("uint16_t *")

local Payload = {}
Payload.__index = Payload

local state = 1

-- xorshift32, seeded per thread and run.
local function random()
  state = bit.bxor(state, bit.lshift(state, 13))
  state = bit.bxor(state, bit.rshift(state, 17))
  state = bit.bxor(state, bit.lshift(state, 5))
  return state
end

local function random_below(span)
  return bit.band(random(), 0xffff) % span
end

-- Four hex digits from the low 16 bits.
local function write_hex4(buffer, at, bits)
  local pairs = ffi.cast(pair_pointer, buffer + at)
  pairs[0] = HEX_PAIRS[bit.band(bits, 255)]
  pairs[1] = HEX_PAIRS[bit.band(bit.rshift(bits, 8), 255)]
end

local function write_uuid(buffer, at)
  local one, two, three, four = random(), random(), random(), random()
  write_hex4(buffer, at, one)
  write_hex4(buffer, at + 4, bit.rshift(one, 16))
  write_hex4(buffer, at + 9, two)
  write_hex4(buffer, at + 14, bit.rshift(two, 16))
  write_hex4(buffer, at + 19, three)
  write_hex4(buffer, at + 24, bit.rshift(three, 16))
  write_hex4(buffer, at + 28, four)
  write_hex4(buffer, at + 32, bit.rshift(four, 16))
  buffer[at + 14] = 0x34 -- version 4
  buffer[at + 19] = 0x38 -- variant 8
end

local function write_pair(buffer, at, value)
  ffi.cast(pair_pointer, buffer + at)[0] = DECIMAL_PAIRS[value]
end

-- Two or four digits.
local function write_number(buffer, at, digits, value)
  if digits == 4 then
    local high = math.floor(value / 100)
    write_pair(buffer, at, high)
    write_pair(buffer, at + 2, value - high * 100)
  else
    write_pair(buffer, at, value)
  end
end

-- Epoch milliseconds: a 1, which stays until 2033, and twelve digits in two halves.
local function write_time(buffer, at, ms)
  local whole = math.floor(ms / 1000000)
  local high, low = whole - 1000000, ms - whole * 1000000
  buffer[at] = 0x31
  for i = 2, 0, -1 do
    local rest = math.floor(high / 100)
    write_pair(buffer, at + 1 + 2 * i, high - rest * 100)
    high = rest
    rest = math.floor(low / 100)
    write_pair(buffer, at + 7 + 2 * i, low - rest * 100)
    low = rest
  end
end

-- A builder: `text` and the placeholders below, in the order of the document.
function Payload.new()
  return setmetatable({parts = {}, length = 0, ids = {}, sessions = {}, pages = {}, times = {}, numbers = {}}, Payload)
end

function Payload:text(text)
  self.parts[#self.parts + 1] = text
  self.length = self.length + #text
  return self
end

-- A fresh UUID in each request.
function Payload:id()
  self.ids[#self.ids + 1] = self.length
  return self:text(UUID_FORM)
end

-- The session's UUID.
function Payload:session()
  self.sessions[#self.sessions + 1] = self.length
  return self:text(UUID_FORM)
end

-- The two digits of the page that the whole batch is about, another one in each request.
function Payload:page()
  self.pages[#self.pages + 1] = self.length
  return self:text("10")
end

-- The batch's time plus `offset` ms; without an offset the time at which the session began.
function Payload:time(offset)
  self.times[#self.times + 1] = {at = self.length, offset = offset}
  return self:text("0000000000000")
end

-- A random number of two or four digits, below `low + span`.
function Payload:number(low, span)
  self.numbers[#self.numbers + 1] = {at = self.length, low = low, span = span, digits = #tostring(low)}
  return self:text(tostring(low))
end

-- Wraps the body in the HTTP request and fixes the offsets; `connections` sessions live at a time.
function Payload:finish(host, connections, seed)
  local body = table.concat(self.parts)
  local head = "POST /ingest HTTP/1.1\r\nHost: " .. host ..
    "\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36" ..
    "\r\nContent-Type: application/json\r\nx-project-key: bench\r\nContent-Length: " .. #body .. "\r\n\r\n"
  self.body_bytes = #body
  self.size = #head + #body
  self.buffer = ffi.new("uint8_t[?]", self.size)
  ffi.copy(self.buffer, head .. body, self.size)
  self.shift = #head
  self.slots = {}
  self.turn = 0
  state = bit.bxor(seed, 0x2545F491)
  if state == 0 then state = 1 end
  for i = 1, math.max(1, connections) do
    -- Staggered, so that not all sessions end in the same moment.
    self.slots[i] = {id = ffi.new("uint8_t[36]"), left = i % BATCHES_PER_SESSION, now = 0, began = 0}
    ffi.copy(self.slots[i].id, UUID_FORM, 36)
    self:renew(self.slots[i], self.slots[i].left)
  end
  return self
end

-- A new session that began a minute ago; a batch stands for two seconds of it.
function Payload:renew(slot, left)
  write_uuid(slot.id, 0)
  slot.left = left
  slot.began = os.time() * 1000 - 60000 + random_below(512)
  slot.now = slot.began
end

-- The next request: each slot is a visitor that sends in turn.
function Payload:next()
  self.turn = self.turn % #self.slots + 1
  local slot = self.slots[self.turn]
  if slot.left <= 0 then self:renew(slot, BATCHES_PER_SESSION) end
  slot.left = slot.left - 1
  slot.now = slot.now + 2000

  local buffer, shift = self.buffer, self.shift
  for i = 1, #self.ids do write_uuid(buffer, shift + self.ids[i]) end
  for i = 1, #self.sessions do ffi.copy(buffer + shift + self.sessions[i], slot.id, 36) end
  local page = 10 + random_below(PAGES)
  for i = 1, #self.pages do write_pair(buffer, shift + self.pages[i], page) end
  for i = 1, #self.times do
    local time = self.times[i]
    write_time(buffer, shift + time.at, time.offset and slot.now + time.offset or slot.began)
  end
  for i = 1, #self.numbers do
    local number = self.numbers[i]
    write_number(buffer, shift + number.at, number.digits, number.low + random_below(number.span))
  end
  return ffi.string(buffer, self.size)
end

return Payload
