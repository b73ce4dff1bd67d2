-- Puts requests to a server in turn: `wrk … -s load.lua URL -- FILE EXPECTED`. FILE has a header a line, an empty line, and
-- a body a line; what an answer has to hold stands in EXPECTED, a Lua pattern.
local bodies, good = {}, nil
local threads, at = {}, 0

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(arguments)
  local in_headers = true
  for line in io.lines(arguments[1]) do
    if in_headers and line == "" then
      in_headers = false
    elseif in_headers then
      local name, value = line:match("^([^:]+): (.*)$")
      wrk.headers[name] = value
    else
      table.insert(bodies, wrk.format("POST", nil, wrk.headers, line))
    end
  end
  good = arguments[2]
  right, wrong, example = 0, 0, ""
  -- Each thread begins somewhere else.
  at = number * math.floor(#bodies / 2)
end

function request()
  at = at % #bodies + 1
  return bodies[at]
end

function response(status, headers, body)
  if status == 200 and body:find(good) then
    right = right + 1
  else
    wrong = wrong + 1
    example = status .. " " .. body:sub(1, 300)
  end
end

function done(summary, latency, requests)
  local right, wrong, example = 0, 0, ""
  for _, thread in ipairs(threads) do
    right = right + thread:get("right")
    wrong = wrong + thread:get("wrong")
    if thread:get("example") ~= "" then example = thread:get("example") end
  end
  local errors = summary.errors
  wrong = wrong + errors.connect + errors.read + errors.write + errors.timeout
  io.stderr:write(string.format("%d\t%d\t%.3f\t%.3f\t%.3f\t%.3f\t%s\n", right, wrong, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.mean / 1e3, (example:gsub("%s", " "))))
end
