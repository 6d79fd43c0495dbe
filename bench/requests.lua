-- Sends the lines of a file, METHOD TAB PATH TAB BODY, in turn; @n@ in one becomes a number that no other request had.
local lines, at, number = {}, 0, 0

function init(arguments)
   number = tonumber(arguments[2])
   for line in io.lines(arguments[1]) do
      local method, path, body = line:match("^(%S+)\t([^\t]+)\t(.*)$")
      if body == "" then body = nil end
      local fresh = line:find("@n@", 1, true) ~= nil
      local made = not fresh and wrk.format(method, path, nil, body) or nil
      lines[#lines + 1] = { method = method, path = path, body = body, made = made }
   end
end

function request()
   at = at % #lines + 1
   local one = lines[at]
   if one.made then return one.made end
   number = number + 1
   local path = one.path:gsub("@n@", number)
   local body = one.body and one.body:gsub("@n@", number) or nil
   return wrk.format(one.method, path, nil, body)
end

function done(summary, latency)
   local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
   io.write(string.format('{"requests": %d, "seconds": %f, "failed": %d, "middle": %f, "late": %f}\n',
      summary.requests, summary.duration / 1e6, failed, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
